#include "web/status.hpp"

#include <gtest/gtest.h>

#include "unit/web/status_builder.hpp"

namespace everai::web {
namespace {

using namespace test;
using state::WorkerState;

AppStatus only(const state::AppSnapshot& app) {
  return status_of({app}).apps.at(0);
}

std::vector<std::string> names(const Status& status) {
  std::vector<std::string> names;
  for (const AppStatus& app : status.apps) {
    names.push_back(app.name);
  }
  return names;
}

TEST(Status, OfAnAppThatIsWell) {
  state::FleetView fleet = workers(WorkerState::kBusy, 3);
  fleet.by_state.at(static_cast<std::size_t>(WorkerState::kFree)) = 2;
  fleet.max_workers = 8;
  fleet.queue_size = 9;
  state::AppSnapshot snapshot = good_app("sd", fleet);
  state::AppCounters counters;
  counters.requests = 200;
  counters.failed = 3;
  snapshot.counters = std::make_shared<const state::AppCounters>(counters);
  const AppStatus app = only(snapshot);
  EXPECT_EQ(app.up, true);
  EXPECT_TRUE(app.troubles.empty());
  EXPECT_EQ(app.data, DataState::kFresh);
  EXPECT_EQ(app.age, 5s);
  EXPECT_EQ(app.next_poll_in, 25s);
  ASSERT_TRUE(app.workers);
  EXPECT_EQ(app.workers->total, 5U);
  EXPECT_EQ(app.workers->of(WorkerState::kBusy), 3U);
  EXPECT_EQ(app.workers->max, 8U);
  EXPECT_EQ(app.queue_size, 9U);
  ASSERT_TRUE(app.requests);
  EXPECT_EQ(app.requests->failure_ratio, 0.015);
}

TEST(Status, OfAnAppThatIsDownTellsWhyAndSinceWhen) {
  const AppStatus app = only(failing(good_app("sd"), 70s, ErrorCode::kUnauthorized));
  EXPECT_EQ(app.troubles, std::vector{Trouble::kDown});
  ASSERT_TRUE(app.failure);
  EXPECT_EQ(app.failure->reason, "unauthorized");
  EXPECT_EQ(app.failure->message, "poll failed");
  EXPECT_EQ(app.failure->since, kNow - 70s);
  EXPECT_EQ(app.failure->lasting, 70s);
  // What was seen last is still fresh enough.
  EXPECT_TRUE(app.workers);
}

TEST(Status, ShowsNothingOfAFleetFromTheMomentItIsTooOld) {
  state::AppSnapshot snapshot = good_app("sd", workers(WorkerState::kError, 1));
  snapshot.fresh_until = kSteadyNow + 1us;
  EXPECT_TRUE(only(snapshot).workers);
  snapshot.fresh_until = kSteadyNow;
  const AppStatus app = only(snapshot);
  EXPECT_EQ(app.data, DataState::kOutdated);
  EXPECT_FALSE(app.workers);
  EXPECT_FALSE(app.queue_size);
  EXPECT_EQ(app.troubles, std::vector{Trouble::kStale});
  EXPECT_TRUE(app.requests) << "counters stay";
}

TEST(Status, OfAnAppNotPolledYetIsNoTrouble) {
  const AppStatus app = only(unpolled_app("sd"));
  EXPECT_EQ(app.up, std::nullopt);
  EXPECT_TRUE(app.troubles.empty());
  EXPECT_EQ(app.data, DataState::kNone);
  EXPECT_FALSE(app.age);
  EXPECT_FALSE(app.next_poll_in);
  EXPECT_FALSE(app.requests);
}

TEST(Status, OfAnAppThatIsNotThereKnowsNothing) {
  state::AppSnapshot snapshot = failing(good_app("sd"), 1s, ErrorCode::kNotFound);
  snapshot.fleet = nullptr;
  const AppStatus app = only(snapshot);
  EXPECT_EQ(app.data, DataState::kNone);
  EXPECT_EQ(app.troubles, std::vector{Trouble::kDown});
}

TEST(Status, OfAnAppWithoutWorkersIsNoTrouble) {
  const AppStatus app = only(good_app("sd"));
  EXPECT_EQ(app.workers->total, 0U);
  EXPECT_TRUE(app.troubles.empty());
  EXPECT_EQ(app.requests->failure_ratio, std::nullopt);
}

TEST(Status, TakesAQueueForABacklogFromTheThresholdOn) {
  EXPECT_TRUE(only(good_app("sd", queue(9))).troubles.empty());
  EXPECT_EQ(only(good_app("sd", queue(10))).troubles, std::vector{Trouble::kBacklog});
}

TEST(Status, TakesAnEmptyQueueForNoBacklogWhateverTheThreshold) {
  state::AppSnapshot snapshot = good_app("sd", queue(0));
  snapshot.settings.queue_backlog_threshold = 0;
  EXPECT_TRUE(only(snapshot).troubles.empty());
}

TEST(Status, TellsAllTroublesOfAnAppWorstFirst) {
  state::FleetView fleet = workers(WorkerState::kError, 1);
  fleet.by_state.at(static_cast<std::size_t>(WorkerState::kUnavailable)) = 1;
  fleet.queue_size = 50;
  EXPECT_EQ(only(failing(good_app("sd", fleet), 1s)).troubles,
            (std::vector{Trouble::kDown, Trouble::kErrorWorkers, Trouble::kUnavailableWorkers,
                         Trouble::kBacklog}));
}

TEST(Status, TellsWhyAndSinceWhenTheHistoryCannotBeRead) {
  const AppStatus app = only(without_history(good_app("sd", workers(WorkerState::kBusy, 3)), 70s));
  EXPECT_EQ(app.up, true);
  EXPECT_EQ(app.history_up, false);
  EXPECT_EQ(app.troubles, std::vector{Trouble::kNoHistory});
  ASSERT_TRUE(app.history_failure);
  EXPECT_EQ(app.history_failure->reason, "too_large");
  EXPECT_EQ(app.history_failure->lasting, 70s);
  EXPECT_EQ(app.last_history_success, kNow - 100s);
  EXPECT_EQ(app.workers->of(WorkerState::kBusy), 3U);
  EXPECT_FALSE(app.workers->errors_known);
}

TEST(Status, KnowsTheErrorsThatTheLiveListingShowsOrAFreshHistoryTold) {
  state::AppSnapshot snapshot =
      without_history(good_app("sd", workers(WorkerState::kError, 1)), 9s);
  EXPECT_TRUE(only(snapshot).workers->errors_known);
  // The last history is as old as it may be.
  snapshot.live_fleet = without_history(good_app("sd"), 9s).fleet;
  snapshot.history_fresh_until = kSteadyNow + 1us;
  EXPECT_EQ(only(snapshot).workers->of(WorkerState::kError), 1U);
  snapshot.history_fresh_until = kSteadyNow;
  EXPECT_EQ(only(snapshot).workers->of(WorkerState::kError), 0U);
  EXPECT_FALSE(only(snapshot).workers->errors_known);
}

TEST(Status, SaysOfAnAppThatIsDownNothingOfItsHistory) {
  EXPECT_EQ(only(failing(without_history(good_app("sd"), 70s), 9s)).troubles,
            std::vector{Trouble::kDown});
}

TEST(Status, PutsTroubleFirst) {
  const Status status = status_of({
      good_app("b-well"),
      good_app("a-well"),
      unpolled_app("new"),
      without_history(good_app("no-history"), 10s),
      without_history(good_app("no-history-longer"), 20s),
      good_app("backlog", queue(20)),
      good_app("longer-backlog", queue(30)),
      good_app("unavailable", workers(WorkerState::kUnavailable, 1)),
      good_app("error", workers(WorkerState::kError, 1)),
      good_app("more-errors", workers(WorkerState::kError, 2)),
      outdated(good_app("stale"), 100s),
      outdated(good_app("stale-longer"), 200s),
      failing(good_app("down"), 10s),
      failing(good_app("down-longer"), 20s),
  });
  EXPECT_EQ(names(status), (std::vector<std::string>{
                               "down-longer", "down", "stale-longer", "stale", "more-errors",
                               "error", "unavailable", "longer-backlog", "backlog",
                               "no-history-longer", "no-history", "new", "a-well", "b-well"}));
  EXPECT_EQ(status.up, 11U);
  EXPECT_EQ(status.down, 2U);
  EXPECT_EQ(status.not_polled, 1U);
  EXPECT_EQ(status.with_trouble, 11U);
}

TEST(Status, SortsByNamespaceThenName) {
  std::vector<state::AppSnapshot> apps{good_app("b"), good_app("a"), good_app("c")};
  apps.at(2).app.app_namespace = "another";
  EXPECT_EQ(names(status_of(apps)), (std::vector<std::string>{"c", "a", "b"}));
}

TEST(Status, NeverTellsANegativeTime) {
  state::AppSnapshot snapshot = failing(good_app("sd"), -10s);
  snapshot.last_success = kNow + 10s;
  snapshot.next_poll = kSteadyNow - 1s;
  const AppStatus app = only(snapshot);
  EXPECT_EQ(app.age, 0s);
  EXPECT_EQ(app.failure->lasting, 0s);
  EXPECT_EQ(app.next_poll_in, 0s);
}

TEST(Status, LinksToSeriesRelativeToTheRoot) {
  state::AppSnapshot app = good_app("a b&c");
  EXPECT_EQ(status_of({app}).apps.at(0).series_url, "./metrics?app=default%2Fa%20b%26c");
  const Status deep = status_of({app}, {}, "/a:b/x?y");
  EXPECT_EQ(deep.metrics_url, "./a%3Ab/x%3Fy");
  EXPECT_EQ(deep.apps.at(0).series_url, "./a%3Ab/x%3Fy?app=default%2Fa%20b%26c");
}

TEST(Headline, SaysWhetherAllIsWell) {
  const auto down = failing(good_app("down"), 1s);
  const auto well = good_app("well");
  const auto unpolled = unpolled_app("new");
  EXPECT_EQ(headline(status_of({})), "There are no apps to watch");
  EXPECT_EQ(headline(status_of({}, {.shard = {.number = 1, .total = 2}})),
            "This shard has no apps");
  EXPECT_EQ(headline(status_of({well})), "The app is up");
  EXPECT_EQ(headline(status_of({well, well})), "All 2 apps are up");
  EXPECT_EQ(headline(status_of({down})), "The app has trouble");
  EXPECT_EQ(headline(status_of({well, down})), "1 of 2 apps has trouble");
  EXPECT_EQ(headline(status_of({well, down, down, unpolled})), "2 of 4 apps have trouble");
  EXPECT_EQ(headline(status_of({unpolled})), "The app is not polled yet");
  EXPECT_EQ(headline(status_of({unpolled, unpolled})), "None of the 2 apps is polled yet");
  EXPECT_EQ(headline(status_of({well, unpolled})), "1 of 2 apps are up, 1 not polled yet");
}

}  // namespace
}  // namespace everai::web
