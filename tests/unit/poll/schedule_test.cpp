#include "poll/schedule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace everai::poll {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kOrigin{1h};

TEST(PhaseOf, IsTheSameInEveryRun) {
  EXPECT_EQ(phase_of({"default", "sd"}, 30s), phase_of({"default", "sd"}, 30s));
  EXPECT_NE(phase_of({"default", "sd"}, 30s), phase_of({"default", "sd2"}, 30s));
}

TEST(PhaseOf, SpreadsAppsEvenlyOverTheInterval) {
  std::array<int, 10> tenths{};
  for (int i = 0; i < 1000; ++i) {
    const auto phase = phase_of({"production", "app-" + std::to_string(i)}, 30s);
    ASSERT_GE(phase, 0ms);
    ASSERT_LT(phase, 30s);
    ++tenths.at(static_cast<std::size_t>(phase / 3s));
  }
  for (const int count : tenths) {
    EXPECT_GT(count, 60);
    EXPECT_LT(count, 140);
  }
}

TEST(NextOnGrid, IsTheNextGridPointAtLeastHalfAnIntervalAway) {
  EXPECT_EQ(next_on_grid(kOrigin, 20s, 30s, kOrigin), kOrigin + 20s);
  EXPECT_EQ(next_on_grid(kOrigin, 10s, 30s, kOrigin), kOrigin + 40s);
  EXPECT_EQ(next_on_grid(kOrigin, 10s, 30s, kOrigin + 40s), kOrigin + 70s);
  EXPECT_EQ(next_on_grid(kOrigin, 10s, 30s, kOrigin + 55s), kOrigin + 70s);
  EXPECT_EQ(next_on_grid(kOrigin, 10s, 30s, kOrigin + 55s + 1ms), kOrigin + 100s);
}

TEST(NextOnGrid, DoesNotDriftWhenPollsTakeTime) {
  SteadyTime at = kOrigin + 10s;
  for (int i = 1; i <= 1000; ++i) {
    at = next_on_grid(kOrigin, 10s, 30s, at + 137ms);
    ASSERT_EQ(at, kOrigin + 10s + i * 30s);
  }
}

TEST(Backoff, DoublesFromTheSecondFailureUpToFiveMinutes) {
  EXPECT_EQ(backoff(1, 30s, 0, std::nullopt), 0s);
  EXPECT_EQ(backoff(2, 30s, 0, std::nullopt), 60s);
  EXPECT_EQ(backoff(3, 30s, 0, std::nullopt), 120s);
  EXPECT_EQ(backoff(4, 30s, 0, std::nullopt), 240s);
  EXPECT_EQ(backoff(5, 30s, 0, std::nullopt), 300s);
  EXPECT_EQ(backoff(1000000, 30s, 0, std::nullopt), 300s);
}

TEST(Backoff, IsSpreadOverAQuarter) {
  EXPECT_EQ(backoff(3, 30s, 1, std::nullopt), 90s);
  EXPECT_EQ(backoff(3, 30s, 0.5, std::nullopt), 105s);
}

TEST(Backoff, IsNotShorterThanALongInterval) {
  EXPECT_EQ(backoff(9, 10min, 0, std::nullopt), 10min);
}

TEST(Backoff, ObeysRetryAfterUpToAnHour) {
  EXPECT_EQ(backoff(1, 30s, 0, 120s), 120s);
  EXPECT_EQ(backoff(3, 30s, 0, 5s), 120s);
  EXPECT_EQ(backoff(1, 30s, 0, 86400s), 1h);
}

TEST(PollsWithoutHistory, DoublesTheDistanceUpToTenMinutes) {
  EXPECT_EQ(polls_without_history(1, 30s), 0U);
  EXPECT_EQ(polls_without_history(2, 30s), 1U);
  EXPECT_EQ(polls_without_history(3, 30s), 3U);
  EXPECT_EQ(polls_without_history(5, 30s), 15U);
  EXPECT_EQ(polls_without_history(6, 30s), 19U);
  EXPECT_EQ(polls_without_history(1000000, 30s), 19U);
  EXPECT_EQ(polls_without_history(9, 1s), 255U);
  EXPECT_EQ(polls_without_history(9, 1ms), 255U);
}

TEST(PollsWithoutHistory, AreNoneWhereAPollIsRareAnyway) {
  EXPECT_EQ(polls_without_history(9, 10min), 0U);
  EXPECT_EQ(polls_without_history(9, 24h), 0U);
}

}  // namespace
}  // namespace everai::poll
