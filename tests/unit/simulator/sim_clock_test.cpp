#include "simulator/sim_clock.hpp"

#include <gtest/gtest.h>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{std::chrono::seconds{1727602518}};
constexpr SteadyTime kReal{std::chrono::seconds{1000}};

TEST(SimClock, RunsByItsFactor) {
  const SimClock clock(kStart, 60, false, kReal);
  EXPECT_EQ(clock.now(kReal), kStart);
  EXPECT_EQ(clock.now(kReal + 2s), kStart + 2min);
}

TEST(SimClock, StandsWhilePausedAndGoesOnFromThere) {
  SimClock clock(kStart, 1, false, kReal);
  clock.pause(kReal + 5s);
  EXPECT_EQ(clock.now(kReal + 50s), kStart + 5s);
  EXPECT_FALSE(clock.running());
  clock.resume(kReal + 100s);
  EXPECT_EQ(clock.now(kReal + 101s), kStart + 6s);
  EXPECT_TRUE(clock.running());
}

TEST(SimClock, LosesNothingWhenPausedOrResumedTwice) {
  SimClock clock(kStart, 1, true, kReal);
  clock.pause(kReal + 5s);
  EXPECT_EQ(clock.now(kReal + 5s), kStart);
  clock.resume(kReal + 10s);
  clock.resume(kReal + 20s);
  EXPECT_EQ(clock.now(kReal + 30s), kStart + 20s);
}

}  // namespace
}  // namespace everai::simulator
