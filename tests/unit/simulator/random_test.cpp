#include "simulator/random.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace everai::simulator {
namespace {

TEST(Random, IsTheSameForTheSameSeedAndStream) {
  Random one(7, 3);
  Random two(7, 3);
  EXPECT_EQ(one.id(), two.id());
  EXPECT_EQ(one.uniform(), two.uniform());
}

TEST(Random, DiffersBetweenSeedsAndStreams) {
  EXPECT_NE(Random(7, 3).id(), Random(8, 3).id());
  EXPECT_NE(Random(7, 3).id(), Random(7, 4).id());
}

TEST(Random, DrawsDurationsWithinTheirRangeAndBothEnds) {
  Random random(1, 1);
  const Range one_only{std::chrono::milliseconds{5}, std::chrono::milliseconds{5}};
  EXPECT_EQ(random.between(one_only), std::chrono::milliseconds{5});
  for (int i = 0; i < 1000; ++i) {
    const auto drawn = random.between({std::chrono::milliseconds{2}, std::chrono::milliseconds{3}});
    ASSERT_GE(drawn, std::chrono::milliseconds{2});
    ASSERT_LE(drawn, std::chrono::milliseconds{3});
  }
}

TEST(Random, MakesIdsOfTwentyTwoBase58Characters) {
  Random random(1, 1);
  EXPECT_TRUE(std::regex_match(random.id(), std::regex("[1-9A-HJ-NP-Za-km-z]{22}")));
}

TEST(Random, MakesVersion4Uuids) {
  Random random(1, 1);
  EXPECT_TRUE(std::regex_match(
      random.uuid(),
      std::regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")));
}

}  // namespace
}  // namespace everai::simulator
