#include "simulator/scenario.hpp"

#include <gtest/gtest.h>

namespace everai::simulator {
namespace {

TEST(MakeFleets, HasThreeAppsOfDifferentKindsByDefault) {
  const Fleets fleets = make_fleets("demo", {}).value();
  ASSERT_EQ(fleets.apps.size(), 3U);
  EXPECT_EQ(fleets.apps[0].app, (api::AppRef{"default", "sd"}));
  EXPECT_EQ(fleets.apps[0].rules.kind, AutoscalerKind::kMinFreeWorkers);
  EXPECT_EQ(fleets.apps[1].app, (api::AppRef{"default", "llm"}));
  EXPECT_EQ(fleets.apps[1].rules.kind, AutoscalerKind::kMaxQueueSize);
  EXPECT_EQ(fleets.apps[2].app, (api::AppRef{"team-b", "whisper"}));
  EXPECT_EQ(fleets.apps[2].rules.kind, AutoscalerKind::kManual);
  EXPECT_FALSE(fleets.apps[2].tells_max_workers);
}

TEST(MakeFleets, SharesTheKindsInTurnAmongNamedApps) {
  const Fleets fleets =
      make_fleets("steady", {{"a", "1"}, {"a", "2"}, {"a", "3"}, {"a", "4"}}).value();
  ASSERT_EQ(fleets.apps.size(), 4U);
  EXPECT_EQ(fleets.apps[3].app, (api::AppRef{"a", "4"}));
  EXPECT_EQ(fleets.apps[3].hardware.gpu_model, fleets.apps[0].hardware.gpu_model);
}

TEST(MakeFleets, KnowsEveryScenarioThatItNames) {
  EXPECT_EQ(scenario_names(), "steady, churn, demo, idle, hostile");
  for (const char* name : {"steady", "churn", "demo", "idle", "hostile"}) {
    EXPECT_TRUE(make_fleets(name, {})) << name;
  }
}

TEST(MakeFleets, GivesFaultsToTheHostileScenarioAlone) {
  for (const char* name : {"steady", "churn", "demo", "idle"}) {
    EXPECT_EQ(make_fleets(name, {})->apps[0].faults, Faults{}) << name;
  }
  const Faults hostile = make_fleets("hostile", {})->apps[0].faults;
  EXPECT_GT(hostile.stale_read, 0);
  EXPECT_EQ(hostile.broken, 0);
  EXPECT_EQ(hostile.error_500, 0);
}

TEST(MakeFleets, RefusesAnUnknownScenario) {
  const auto fleets = make_fleets("storm", {});
  ASSERT_FALSE(fleets);
  EXPECT_EQ(fleets.error().code, ErrorCode::kUsage);
  EXPECT_EQ(fleets.error().message,
            "there is no scenario 'storm'; there are steady, churn, demo, idle, hostile");
}

}  // namespace
}  // namespace everai::simulator
