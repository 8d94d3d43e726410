#include "config/shard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace everai::config {
namespace {

constexpr std::size_t kApps = 3000;

/// Apps with names as people give them: short, alike, numbered.
std::vector<api::AppRef> many_apps() {
  std::vector<api::AppRef> apps;
  for (std::size_t i = 0; i < kApps; ++i) {
    apps.push_back({fmt::format("team-{}", i % 17), fmt::format("app-{}", i / 17)});
  }
  return apps;
}

/// Whether a count is what chance makes of a share of all apps, within five standard deviations.
testing::AssertionResult is_share(std::size_t count, double share) {
  const double apps = kApps;
  const double deviation = std::sqrt(apps * share * (1 - share));
  if (std::abs(static_cast<double>(count) - apps * share) <= 5 * deviation) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << count << " apps, expected " << apps * share << " give or take " << 5 * deviation;
}

// Other values would move the apps of everyone who runs shards. They come from sha256sum(1).
TEST(ShardOf, IsTheSameForEver) {
  struct Example {
    api::AppRef app;
    unsigned of_two;
    unsigned of_three;
    unsigned of_ten;
  };
  const std::vector<Example> examples{
      {{"default", "sd"}, 1, 2, 2}, {{"default", "llm"}, 1, 1, 4}, {{"team-b", "whisper"}, 0, 0, 3},
      {{"team-b", "llm"}, 0, 0, 0}, {{"a", "b,c"}, 1, 1, 1},       {{"jürgen", "größe"}, 0, 0, 4},
  };
  for (const Example& example : examples) {
    EXPECT_EQ(shard_of(example.app, 1), 0U);
    EXPECT_EQ(shard_of(example.app, 2), example.of_two) << api::to_string(example.app);
    EXPECT_EQ(shard_of(example.app, 3), example.of_three) << api::to_string(example.app);
    EXPECT_EQ(shard_of(example.app, 10), example.of_ten) << api::to_string(example.app);
  }
  EXPECT_EQ(shard_of({"default", "sd"}, kMostShards), 151U);
}

TEST(ShardOf, MovesOnlyToANewShardAndFewApps) {
  for (const unsigned total : {1U, 2U, 3U, 7U, 16U, 40U}) {
    std::size_t moved = 0;
    for (const api::AppRef& app : many_apps()) {
      const unsigned before = shard_of(app, total);
      const unsigned after = shard_of(app, total + 1);
      ASSERT_TRUE(after == before || after == total)
          << api::to_string(app) << " moves from " << before << " to " << after;
      moved += after == before ? 0U : 1U;
    }
    EXPECT_TRUE(is_share(moved, 1.0 / (total + 1))) << "from " << total << " shards";
  }
}

TEST(ShardOf, GivesEachShardItsShare) {
  constexpr unsigned kTotal = 8;
  std::vector<std::size_t> counts(kTotal);
  for (const api::AppRef& app : many_apps()) {
    ++counts.at(shard_of(app, kTotal));
  }
  for (const std::size_t count : counts) {
    EXPECT_TRUE(is_share(count, 1.0 / kTotal));
  }
}

Config config_of(const std::vector<api::AppRef>& apps) {
  Config config;
  for (const api::AppRef& app : apps) {
    config.apps.push_back({.app = app});
  }
  return config;
}

std::vector<api::AppRef> apps_of(const Config& config) {
  std::vector<api::AppRef> apps;
  for (const AppConfig& app : config.apps) {
    apps.push_back(app.app);
  }
  return apps;
}

TEST(KeepShard, LeavesEachAppToOneShardInItsOrder) {
  const std::vector<api::AppRef> all = many_apps();
  std::vector<api::AppRef> joined;
  for (unsigned number = 0; number < 5; ++number) {
    Config config = config_of(all);
    keep_shard({.number = number, .total = 5}, config);
    const std::vector<api::AppRef> apps = apps_of(config);
    auto place = all.begin();
    for (const api::AppRef& app : apps) {
      place = std::find(place, all.end(), app);
      ASSERT_NE(place, all.end()) << api::to_string(app) << " stands out of order";
    }
    joined.insert(joined.end(), apps.begin(), apps.end());
  }
  std::vector<api::AppRef> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  std::sort(joined.begin(), joined.end());
  EXPECT_EQ(joined, sorted);
}

TEST(KeepShard, LeavesTheOnlyShardAll) {
  const std::vector<api::AppRef> all{{"default", "sd"}, {"default", "llm"}};
  Config config = config_of(all);
  keep_shard({}, config);
  EXPECT_EQ(apps_of(config), all);
}

TEST(KeepShard, MayLeaveNothing) {
  Config config = config_of({{"default", "sd"}, {"default", "llm"}});
  keep_shard({.number = 0, .total = 2}, config);
  EXPECT_TRUE(config.apps.empty());
}

}  // namespace
}  // namespace everai::config
