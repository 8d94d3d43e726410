#include "state/reduce.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kWatchBegin{seconds{1727602800}};

/// One worker's record as a poll sees it.
struct Seen {
  std::string_view id;
  std::uint64_t success = 0;
  std::uint64_t failed = 0;
  std::optional<Timestamp> created_at = kWatchBegin - hours{24};
  std::optional<Timestamp> launch_at = std::nullopt;
  std::string_view app_id = "";
  bool present = true;
};

/// An app's memory, polled by hand.
class Watch {
 public:
  Watch& poll(std::initializer_list<Seen> seen) {
    Fleet fleet;
    for (const Seen& each : seen) {
      api::Worker record;
      record.id = each.id;
      record.success_count = each.success;
      record.failed_count = each.failed;
      record.created_at = each.created_at;
      record.launch_at = each.launch_at;
      record.app_id = each.app_id;
      record.status = api::WorkerStatus::kRunning;
      record.detail_status = api::DetailStatus::kFree;
      fleet.workers.push_back({record, each.present});
    }
    last = reduce(std::move(memory), fleet, {.platform = now, .ours = now}, {});
    memory = last.memory;
    view = *memory.last_view;
    now += seconds{30};
    return *this;
  }

  AppMemory memory;
  Reduced last;
  FleetView view;
  Timestamp now = kWatchBegin;
};

TEST(Reduce, TakesTheFirstPollAsABaselineWhateverTheAges) {
  Watch watch;
  watch.poll({{.id = "old", .success = 1000, .failed = 10},
              {.id = "young", .success = 5, .created_at = kWatchBegin - seconds{5}}});
  EXPECT_EQ(watch.memory.counters.requests, 0U);
  EXPECT_EQ(watch.memory.counters.failed, 0U);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
}

TEST(Reduce, AddsWhatAKnownWorkerServedSinceTheLastPoll) {
  Watch watch;
  watch.poll({{.id = "a", .success = 1000, .failed = 10}})
      .poll({{.id = "a", .success = 1030, .failed = 12}});
  EXPECT_EQ(watch.memory.counters.requests, 32U);
  EXPECT_EQ(watch.memory.counters.failed, 2U);
}

TEST(Reduce, KeepsTheCountsOfWorkersThatAreGone) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10000}, {.id = "b", .success = 10000}})
      .poll({{.id = "a", .success = 10030}, {.id = "b", .success = 10020}})
      .poll({{.id = "b", .success = 10050}});
  EXPECT_EQ(watch.memory.counters.requests, 80U);
}

TEST(Reduce, AddsTheWholeCountsOfAWorkerCreatedSinceTheWatchBegan) {
  Watch watch;
  watch.poll({}).poll(
      {{.id = "new", .success = 7, .failed = 1, .created_at = kWatchBegin + seconds{10}}});
  EXPECT_EQ(watch.memory.counters.requests, 8U);
  EXPECT_EQ(watch.memory.counters.failed, 1U);
}

TEST(Reduce, AddsTheWholeCountsOfAWorkerThatLivedBetweenTwoPolls) {
  Watch watch;
  watch.poll({}).poll(
      {{.id = "brief", .success = 3, .created_at = kWatchBegin + seconds{2}, .present = false}});
  EXPECT_EQ(watch.memory.counters.requests, 3U);
}

TEST(Reduce, ToleratesThirtySecondsBetweenTheClocks) {
  Watch watch;
  watch.poll({}).poll({{.id = "just", .success = 7, .created_at = kWatchBegin - seconds{30}},
                       {.id = "not", .success = 100, .created_at = kWatchBegin - seconds{31}}});
  EXPECT_EQ(watch.memory.counters.requests, 7U);
}

TEST(Reduce, TakesALateWorkerOfUnknownAgeAsABaseline) {
  Watch watch;
  watch.poll({})
      .poll({{.id = "a", .success = 50, .created_at = std::nullopt}})
      .poll({{.id = "a", .success = 52, .created_at = std::nullopt}});
  EXPECT_EQ(watch.memory.counters.requests, 2U);
}

TEST(Reduce, AddsTheWholeNewCountsAfterARelaunch) {
  Watch watch;
  watch.poll({{.id = "a", .success = 100, .failed = 3, .launch_at = kWatchBegin - hours{1}}})
      .poll({{.id = "a", .success = 4, .failed = 1, .launch_at = kWatchBegin + seconds{20}}});
  EXPECT_EQ(watch.memory.counters.requests, 5U);
  EXPECT_EQ(watch.memory.counters.failed, 1U);
  EXPECT_EQ(watch.memory.counters.regressions, 0U);
}

TEST(Reduce, AddsTheWholeNewCountsAfterARelaunchThatOnlyOneCountShows) {
  Watch watch;
  watch.poll({{.id = "a", .success = 2, .failed = 3, .launch_at = kWatchBegin - hours{1}}})
      .poll({{.id = "a", .success = 6, .failed = 0, .launch_at = kWatchBegin + seconds{20}}});
  EXPECT_EQ(watch.memory.counters.requests, 6U);
}

TEST(Reduce, AddsTheDifferenceIfCountsSurviveARelaunch) {
  Watch watch;
  watch.poll({{.id = "a", .success = 100, .launch_at = kWatchBegin - hours{1}}})
      .poll({{.id = "a", .success = 103, .launch_at = kWatchBegin + seconds{20}}});
  EXPECT_EQ(watch.memory.counters.requests, 3U);
}

TEST(Reduce, AddsNothingForAStaleRecordAndKeepsTheMark) {
  Watch watch;
  watch.poll({{.id = "a", .success = 90}})
      .poll({{.id = "a", .success = 100}})
      .poll({{.id = "a", .success = 98}})
      .poll({{.id = "a", .success = 101}});
  EXPECT_EQ(watch.memory.counters.requests, 11U);
  EXPECT_EQ(watch.memory.counters.regressions, 1U);
}

TEST(Reduce, AddsNothingForARecordFromBeforeALaunchThatWasSeen) {
  Watch watch;
  watch.poll({{.id = "a", .success = 100, .launch_at = kWatchBegin - hours{1}}})
      .poll({{.id = "a", .success = 4, .launch_at = kWatchBegin + seconds{20}}})
      .poll({{.id = "a", .success = 100, .launch_at = kWatchBegin - hours{1}}})
      .poll({{.id = "a", .success = 6, .launch_at = kWatchBegin + seconds{20}}});
  EXPECT_EQ(watch.memory.counters.requests, 6U);
  EXPECT_EQ(watch.memory.counters.regressions, 1U);
}

TEST(Reduce, BelievesLowerCountsAfterThreePollsInARow) {
  Watch watch;
  watch.poll({{.id = "a", .success = 100}})
      .poll({{.id = "a", .success = 10}})
      .poll({{.id = "a", .success = 11}})
      .poll({{.id = "a", .success = 12}});
  EXPECT_EQ(watch.memory.counters.requests, 0U);
  EXPECT_EQ(watch.memory.counters.regressions, 3U);

  watch.poll({{.id = "a", .success = 15}});
  EXPECT_EQ(watch.memory.counters.requests, 3U);
}

TEST(Reduce, ForgetsStalePollsThatAreNotInARow) {
  Watch watch;
  watch.poll({{.id = "a", .success = 100}})
      .poll({{.id = "a", .success = 99}})
      .poll({{.id = "a", .success = 99}})
      .poll({{.id = "a", .success = 100}})
      .poll({{.id = "a", .success = 99}})
      .poll({{.id = "a", .success = 101}});
  EXPECT_EQ(watch.memory.counters.requests, 1U);
}

TEST(Reduce, RemembersAWorkerThatVanishesForAWhile) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10, .created_at = kWatchBegin}}).poll({});
  watch.now += days{1};
  watch.poll({{.id = "a", .success = 12, .created_at = kWatchBegin}});
  EXPECT_EQ(watch.memory.counters.requests, 2U);
}

TEST(Reduce, ForgetsAVanishedWorkerAfterTheMemoryTime) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10}});
  watch.now += days{2};
  watch.poll({{.id = "b"}});
  ASSERT_EQ(watch.memory.workers.size(), 1U);
  EXPECT_EQ(watch.memory.workers[0].id, "b");
}

TEST(Reduce, KeepsMemoryAndCountsThroughAnEmptyListing) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10}})
      .poll({{.id = "a", .success = 15}})
      .poll({})
      .poll({{.id = "a", .success = 16}});
  EXPECT_EQ(watch.memory.counters.requests, 6U);
}

TEST(Reduce, GoesOnCountingWhenTheAppIsMadeAnew) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10, .app_id = "first"}})
      .poll({{.id = "a", .success = 15, .app_id = "first"}})
      .poll(
          {{.id = "b", .success = 2, .created_at = kWatchBegin + minutes{1}, .app_id = "second"}});
  EXPECT_EQ(watch.memory.counters.requests, 7U);
  EXPECT_EQ(watch.view.app_id, "second");
}

TEST(Reduce, KnowsTheAppsIdStillWhenNoWorkerIsThere) {
  Watch watch;
  watch.poll({{.id = "a", .app_id = "id"}}).poll({});
  EXPECT_EQ(watch.view.app_id, "id");
}

TEST(Reduce, CountsPresentWorkersByStateAndListedOnesByStatus) {
  Watch watch;
  watch.poll({{.id = "a"}, {.id = "gone", .present = false}});
  EXPECT_EQ(watch.view.by_state[static_cast<std::size_t>(WorkerState::kFree)], 1U);
  EXPECT_EQ(watch.view.by_status[static_cast<std::size_t>(api::WorkerStatus::kRunning)], 2U);
  EXPECT_EQ(watch.view.by_detail_status[static_cast<std::size_t>(api::DetailStatus::kFree)], 2U);
}

}  // namespace
}  // namespace everai::state
