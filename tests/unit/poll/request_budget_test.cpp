#include "poll/request_budget.hpp"

#include <gtest/gtest.h>

namespace everai::poll {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{std::chrono::hours{1}};

TEST(RequestBudget, GivesASecondsWorthAtOnceAndThenTheRate) {
  RequestBudget budget(10);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(budget.reserve(2, kNow), kNow) << i;
  }
  EXPECT_EQ(budget.reserve(2, kNow), kNow + 200ms);
  EXPECT_EQ(budget.reserve(2, kNow), kNow + 400ms);
}

TEST(RequestBudget, FillsUpWithTimeButNotBeyondASecond) {
  RequestBudget budget(10);
  for (int i = 0; i < 5; ++i) {
    static_cast<void>(budget.reserve(2, kNow));
  }
  const SteadyTime later = kNow + 1h;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(budget.reserve(2, later), later) << i;
  }
  EXPECT_EQ(budget.reserve(2, later), later + 200ms);
}

TEST(RequestBudget, GivesTwoAtATimeHoweverLowTheRate) {
  RequestBudget budget(0.1);
  EXPECT_EQ(budget.reserve(2, kNow), kNow);
  EXPECT_EQ(budget.reserve(2, kNow), kNow + 20s);
}

TEST(RequestBudget, TakesANewRate) {
  RequestBudget budget(0.1);
  static_cast<void>(budget.reserve(2, kNow));
  budget.set_rate(1000);
  EXPECT_LE(budget.reserve(2, kNow + 20s), kNow + 20s);
}

}  // namespace
}  // namespace everai::poll
