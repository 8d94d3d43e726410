#include "simulator/traffic.hpp"

#include <gtest/gtest.h>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

/// Arrivals from `from` until `to` in ticks of 100 ms.
std::uint64_t arrivals_between(Traffic& traffic, Random& random, std::chrono::microseconds from,
                               std::chrono::microseconds to) {
  std::uint64_t sum = 0;
  for (auto elapsed = from; elapsed < to; elapsed += 100ms) {
    sum += traffic.arrivals(elapsed, 100ms, random);
  }
  return sum;
}

TEST(Traffic, FollowsTheDay) {
  Random random(1, 1);
  Traffic traffic({.low_per_second = 1, .peak_per_second = 10, .burst_gap = {48h, 48h}}, 24h,
                  random);
  const auto night = arrivals_between(traffic, random, 0s, 1000s);
  const auto noon = arrivals_between(traffic, random, 12h, 12h + 1000s);
  EXPECT_NEAR(static_cast<double>(night), 1000, 150);
  EXPECT_NEAR(static_cast<double>(noon), 10000, 500);
}

TEST(Traffic, ComesInBursts) {
  Random random(1, 1);
  Traffic traffic({.low_per_second = 2,
                   .peak_per_second = 2,
                   .burst_factor = 5,
                   .burst_gap = {1000s, 1000s},
                   .burst_length = 1000s},
                  24h, random);
  const auto calm = arrivals_between(traffic, random, 0s, 1000s);
  const auto burst = arrivals_between(traffic, random, 1000s, 2000s);
  const auto calm_again = arrivals_between(traffic, random, 2000s, 3000s);
  EXPECT_NEAR(static_cast<double>(calm), 2000, 200);
  EXPECT_NEAR(static_cast<double>(burst), 10000, 500);
  EXPECT_NEAR(static_cast<double>(calm_again), 2000, 200);
}

TEST(Traffic, StopsForGood) {
  Random random(1, 1);
  Traffic traffic({.low_per_second = 5, .peak_per_second = 5}, 24h, random);
  traffic.stop();
  EXPECT_EQ(arrivals_between(traffic, random, 0s, 100s), 0U);
}

}  // namespace
}  // namespace everai::simulator
