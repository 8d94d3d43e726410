#include "poll/skipped_log.hpp"

#include <gtest/gtest.h>

namespace everai::poll {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const api::AppRef kApp{"default", "a"};
const api::AppRef kOther{"default", "b"};
constexpr SteadyTime kBegin{};

TEST(SkippedLog, SaysItAtOnceAndThenOnceAnHour) {
  SkippedLog log;
  EXPECT_TRUE(log.is_due(kApp, 2, kBegin));
  EXPECT_FALSE(log.is_due(kApp, 2, kBegin));
  EXPECT_FALSE(log.is_due(kApp, 3, kBegin + hours{1} - seconds{1}));
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin + hours{1}));
  EXPECT_FALSE(log.is_due(kApp, 1, kBegin + hours{1} + seconds{30}));
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin + hours{9}));
}

TEST(SkippedLog, SaysNothingWhileEveryWorkerCanBeRead) {
  SkippedLog log;
  EXPECT_FALSE(log.is_due(kApp, 0, kBegin));
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin));
  EXPECT_FALSE(log.is_due(kApp, 0, kBegin + hours{2}));
}

TEST(SkippedLog, IsNotFooledByAWorkerThatCanBeReadNowAndThen) {
  SkippedLog log;
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin));
  EXPECT_FALSE(log.is_due(kApp, 0, kBegin + seconds{30}));
  EXPECT_FALSE(log.is_due(kApp, 1, kBegin + seconds{60}));
}

TEST(SkippedLog, KeepsAppsApartAndForgetsThem) {
  SkippedLog log;
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin));
  EXPECT_TRUE(log.is_due(kOther, 1, kBegin));
  log.forget(kApp);
  EXPECT_TRUE(log.is_due(kApp, 1, kBegin));
  EXPECT_FALSE(log.is_due(kOther, 1, kBegin));
}

}  // namespace
}  // namespace everai::poll
