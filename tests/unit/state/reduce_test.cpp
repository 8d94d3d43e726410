#include "state/reduce.hpp"

#include <gtest/gtest.h>

#include "unit/state/watch.hpp"

namespace everai::state {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kWatchBegin;
using test::Seen;
using test::Watch;

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

TEST(Reduce, AddsNothingForStaleRecordsHoweverManyInARow) {
  Watch watch;
  watch.poll({{.id = "a", .success = 7}}).poll({{.id = "a", .success = 10}});
  for (int i = 0; i < 10; ++i) {
    watch.poll({{.id = "a", .success = 7}});
  }
  watch.poll({{.id = "a", .success = 11}});
  EXPECT_EQ(watch.memory.counters.requests, 4U);
  EXPECT_EQ(watch.memory.counters.regressions, 10U);
}

TEST(Reduce, BelievesAResetWithoutALaunchOnceItHasServedForThreePolls) {
  Watch watch;
  const auto served = [](int seconds_later) { return kWatchBegin + seconds{seconds_later}; };
  watch.poll({{.id = "a", .success = 100, .last_serve_at = served(0)}})
      .poll({{.id = "a", .success = 10, .last_serve_at = served(10)}})
      .poll({{.id = "a", .success = 11, .last_serve_at = served(20)}})
      .poll({{.id = "a", .success = 12, .last_serve_at = served(30)}});
  EXPECT_EQ(watch.memory.counters.requests, 0U);
  EXPECT_EQ(watch.memory.counters.regressions, 3U);

  watch.poll({{.id = "a", .success = 15, .last_serve_at = served(40)}});
  EXPECT_EQ(watch.memory.counters.requests, 3U);
}

TEST(Reduce, TakesNoStaleRecordForAResetWhenATimeOfServingWasLeftOut) {
  Watch watch;
  const auto served = [](int seconds_later) { return kWatchBegin + seconds{seconds_later}; };
  watch.poll({{.id = "a", .success = 7, .last_serve_at = served(0)}})
      .poll({{.id = "a", .success = 10}});
  for (int i = 0; i < 3; ++i) {
    watch.poll({{.id = "a", .success = 9, .last_serve_at = served(10)}});
  }
  watch.poll({{.id = "a", .success = 11, .last_serve_at = served(30)}});
  EXPECT_EQ(watch.memory.counters.requests, 4U);
}

TEST(Reduce, AddsNothingForARecordFromBeforeAResetThatWasBelieved) {
  Watch watch;
  const auto served = [](int seconds_later) { return kWatchBegin + seconds{seconds_later}; };
  watch.poll({{.id = "a", .success = 100, .last_serve_at = served(0)}})
      .poll({{.id = "a", .success = 1, .last_serve_at = served(10)}})
      .poll({{.id = "a", .success = 1, .last_serve_at = served(10)}})
      .poll({{.id = "a", .success = 1, .last_serve_at = served(10)}})
      .poll({{.id = "a", .success = 100, .last_serve_at = served(0)}})
      .poll({{.id = "a", .success = 2, .last_serve_at = served(20)}});
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

TEST(Reduce, DoesNotCountAgainAWorkerThatComesBackAfterItWasForgotten) {
  Watch watch;
  const Seen worker{.id = "a", .success = 10, .created_at = kWatchBegin};
  watch.poll({}).poll({worker});
  watch.now += days{2};
  watch.poll({}).poll({worker});
  EXPECT_EQ(watch.memory.counters.requests, 10U);
  EXPECT_EQ(watch.memory.counters.created, 1U);
}

TEST(Reduce, CountsAWorkerThatWasCreatedWhileNothingWasPolledForLongerThanTheMemoryTime) {
  Watch watch;
  watch.poll({});
  const Timestamp created_at = watch.now + hours{1};
  watch.now += days{4};
  watch.poll({{.id = "a", .success = 10, .created_at = created_at}});
  EXPECT_EQ(watch.memory.counters.requests, 10U);
}

TEST(Reduce, CountsNothingAgainWhenTheMemoryBecomesLonger) {
  Watch watch;
  const Seen worker{.id = "a", .success = 1000, .created_at = kWatchBegin};
  watch.poll({}).poll({worker});
  watch.now += days{3};
  watch.poll({});
  watch.options.memory_time = days{9};
  watch.poll({worker}).restart().poll({worker});
  EXPECT_EQ(watch.memory.counters.requests, 1000U);
  EXPECT_EQ(watch.memory.counters.created, 1U);
}

TEST(Reduce, CountsNewWorkersStillAfterOneWasForgotten) {
  Watch watch;
  watch.poll({{.id = "a"}});
  watch.now += days{3};
  watch.poll({}).poll({{.id = "b", .success = 5, .created_at = watch.now - seconds{5}}});
  EXPECT_EQ(watch.memory.counters.requests, 5U);
}

TEST(Reduce, DoesNotCountAgainAForgottenWorkerWhoseCreationWasTooFarAhead) {
  Watch watch;
  const Seen worker{.id = "a", .success = 1000, .created_at = kWatchBegin + days{4}};
  watch.poll({worker});
  watch.now += days{3};
  watch.poll({}).poll({worker});
  EXPECT_EQ(watch.memory.counters.requests, 0U);
}

TEST(Reduce, EndsAWorkerThatIsForgottenBeforeItWasMissedOften) {
  Watch watch;
  watch.poll({{.id = "a"}});
  watch.now += days{3};
  watch.poll({});
  EXPECT_EQ(watch.memory.counters.deleted, 1U);
}

TEST(Reduce, HoldsNoResourcesOfAWorkerThatOnlyTheHistoryLists) {
  Watch watch;
  Seen worker{.id = "a", .gpu_model = "A100", .gpus = 4};
  watch.poll({worker});
  ASSERT_EQ(watch.view.gpus.size(), 1U);
  worker.status = api::WorkerStatus::kError;
  worker.live = false;
  watch.poll({worker}).poll({worker});
  EXPECT_TRUE(watch.view.gpus.empty());
  EXPECT_EQ(watch.view.by_state[static_cast<std::size_t>(WorkerState::kError)], 1U);
  const auto& seconds_held = watch.memory.counters.gpu_seconds.at(0).by_state;
  EXPECT_EQ(seconds_held[static_cast<std::size_t>(WorkerState::kFree)], 120);
  EXPECT_EQ(seconds_held[static_cast<std::size_t>(WorkerState::kError)], 0);
}

TEST(Reduce, MarksARevisionThatReadsLikeAWordOfOurs) {
  Watch watch;
  watch.poll({{.id = "a", .app_revision = "other"},
              {.id = "b", .app_revision = "unknown", .gpu_model = "other", .gpus = 1},
              {.id = "c"}});
  ASSERT_EQ(watch.memory.counters.revisions.size(), 3U);
  EXPECT_EQ(watch.memory.counters.revisions[0].revision, "other (platform)");
  EXPECT_EQ(watch.memory.counters.revisions[1].revision, "unknown");
  EXPECT_EQ(watch.memory.counters.revisions[2].revision, "unknown (platform)");
  EXPECT_EQ(watch.memory.counters.gpu_seconds.at(0).model, "other (platform)");
  EXPECT_EQ(watch.view.by_revision[0].first, "other (platform)");
}

TEST(Reduce, LeavesOutTimesThatAreADayAhead) {
  Watch watch;
  const Timestamp limit = kWatchBegin + days{1};
  watch.poll({{.id = "a", .success = 1, .created_at = limit, .last_serve_at = limit + seconds{1}}});
  EXPECT_EQ(watch.last.clock_anomalies,
            (std::vector<std::string_view>{"lastServeAt", "createdAt"}));
  EXPECT_EQ(watch.memory.workers[0].created_at, limit);
  EXPECT_EQ(watch.memory.workers[0].last_serve_at, std::nullopt);
}

TEST(Reduce, KeepsMemoryAndCountsThroughAnEmptyListing) {
  Watch watch;
  watch.poll({{.id = "a", .success = 10}})
      .poll({{.id = "a", .success = 15}})
      .poll({})
      .poll({{.id = "a", .success = 16}});
  EXPECT_EQ(watch.memory.counters.requests, 6U);
}

TEST(Reduce, CountsAWorkersLifeOnce) {
  Watch watch;
  const Timestamp born = kWatchBegin + seconds{5};
  watch.poll({})
      .poll({{.id = "a", .created_at = born, .status = api::WorkerStatus::kCreated}})
      .poll({{.id = "a", .created_at = born, .launch_at = born + seconds{4}}})
      .poll({{.id = "a", .success = 3, .created_at = born, .launch_at = born + seconds{4}}});
  for (int i = 0; i < 3; ++i) {
    watch.poll({{.id = "a",
                 .success = 3,
                 .created_at = born,
                 .launch_at = born + seconds{4},
                 .deleted_at = born + seconds{100},
                 .status = api::WorkerStatus::kTerminated,
                 .present = false}});
  }
  const AppCounters& counters = watch.memory.counters;
  EXPECT_EQ(counters.created, 1U);
  EXPECT_EQ(counters.deleted, 1U);
  EXPECT_EQ(counters.never_served, 0U);
  EXPECT_EQ(counters.worker_errors, 0U);
  EXPECT_EQ(counters.launch_duration.sum, 4);
  EXPECT_EQ(counters.launch_duration.counts[2], 1U) << "above 2.5, up to 5";
  EXPECT_EQ(counters.ready_duration.sum, 55) << "first seen free a minute after the watch began";
  EXPECT_EQ(counters.lifetime.sum, 100);
}

TEST(Reduce, CountsWorkersThatNeverServedWhenTheyEnd) {
  Watch watch;
  watch.poll({{.id = "a"}, {.id = "b", .success = 1}})
      .poll({{.id = "a", .deleted_at = kWatchBegin, .present = false},
             {.id = "b", .success = 1, .deleted_at = kWatchBegin, .present = false}});
  EXPECT_EQ(watch.memory.counters.deleted, 2U);
  EXPECT_EQ(watch.memory.counters.never_served, 1U);
}

TEST(Reduce, DoesNotCountWhatHappenedBeforeTheWatch) {
  Watch watch;
  watch.poll({{.id = "error", .device_id = "host", .status = api::WorkerStatus::kError},
              {.id = "gone", .deleted_at = kWatchBegin - hours{1}, .present = false}});
  watch.poll({{.id = "error", .device_id = "host", .status = api::WorkerStatus::kError},
              {.id = "gone", .deleted_at = kWatchBegin - hours{1}, .present = false},
              {.id = "older", .deleted_at = kWatchBegin - hours{2}, .present = false}});
  EXPECT_EQ(watch.memory.counters.created, 0U);
  EXPECT_EQ(watch.memory.counters.deleted, 0U);
  EXPECT_EQ(watch.memory.counters.worker_errors, 0U);
  EXPECT_EQ(watch.memory.counters.last_worker_error, std::nullopt);
  EXPECT_TRUE(watch.last.errored_devices.empty());
}

TEST(Reduce, CountsAnErrorOnceForEachLaunch) {
  Watch watch;
  const auto seen = [](api::WorkerStatus status, seconds launch) {
    return Seen{
        .id = "a", .launch_at = kWatchBegin + launch, .device_id = "host", .status = status};
  };
  watch.poll({seen(api::WorkerStatus::kRunning, seconds{0})})
      .poll({seen(api::WorkerStatus::kError, seconds{0})});
  EXPECT_EQ(watch.last.errored_devices, (std::vector<std::string>{"host"}));
  EXPECT_EQ(watch.memory.counters.last_worker_error, kWatchBegin + seconds{30});
  watch.poll({seen(api::WorkerStatus::kRunning, seconds{0})})
      .poll({seen(api::WorkerStatus::kError, seconds{0})});
  EXPECT_EQ(watch.memory.counters.worker_errors, 1U);
  watch.poll({seen(api::WorkerStatus::kRunning, seconds{90})})
      .poll({seen(api::WorkerStatus::kError, seconds{90})});
  EXPECT_EQ(watch.memory.counters.worker_errors, 2U);
}

TEST(Reduce, CountsNoErrorAgainThatAStaleRecordShows) {
  Watch watch;
  const auto seen = [](api::WorkerStatus status, seconds launch) {
    return Seen{.id = "a", .launch_at = kWatchBegin + launch, .status = status};
  };
  watch.poll({seen(api::WorkerStatus::kRunning, seconds{0})})
      .poll({seen(api::WorkerStatus::kError, seconds{0})})
      .poll({seen(api::WorkerStatus::kRunning, seconds{60})})
      .poll({seen(api::WorkerStatus::kError, seconds{0})});
  EXPECT_EQ(watch.memory.counters.worker_errors, 1U);
  EXPECT_EQ(watch.memory.counters.regressions, 1U);
}

TEST(Reduce, CountsReplacements) {
  Watch watch;
  watch.poll({}).poll({{.id = "a", .created_at = kWatchBegin, .replace_worker_id = "old"},
                       {.id = "b", .created_at = kWatchBegin}});
  EXPECT_EQ(watch.memory.counters.created, 2U);
  EXPECT_EQ(watch.memory.counters.replaced, 1U);
}

TEST(Reduce, TakesNoSeriesFromARevisionThatStillHasAWorker) {
  Watch watch;
  for (const std::uint64_t success : {0U, 5U}) {
    watch.poll({{.id = "b", .success = success, .app_revision = "r0"},
                {.id = "c", .app_revision = "r1"},
                {.id = "d", .app_revision = "r2"},
                {.id = "e", .app_revision = "r3"},
                {.id = "f", .app_revision = "r4"},
                {.id = "g", .app_revision = "r5"},
                {.id = "h", .app_revision = "r6"},
                {.id = "i", .app_revision = "r7"},
                {.id = "j", .app_revision = "r8"},
                {.id = "k", .app_revision = "r9"}});
  }
  ASSERT_EQ(watch.memory.counters.revisions.size(), kMaxRevisions);
  watch.poll({{.id = "a", .app_revision = "new"},
              {.id = "b", .success = 6, .app_revision = "r0"},
              {.id = "c", .app_revision = "r1"},
              {.id = "d", .app_revision = "r2"},
              {.id = "e", .app_revision = "r3"},
              {.id = "f", .app_revision = "r4"},
              {.id = "g", .app_revision = "r5"},
              {.id = "h", .app_revision = "r6"},
              {.id = "i", .app_revision = "r7"},
              {.id = "j", .app_revision = "r8"},
              {.id = "k", .app_revision = "r9"}});
  ASSERT_EQ(watch.memory.counters.revisions.size(), kMaxRevisions);
  EXPECT_EQ(watch.memory.counters.revisions[0].revision, "r0");
  EXPECT_EQ(watch.memory.counters.revisions[0].requests, 6U);
}

TEST(Reduce, CountsRequestsByRevisionAndGivesEachItsSeriesFromZero) {
  Watch watch;
  watch.poll({{.id = "a", .success = 5, .app_revision = "r1"}, {.id = "b", .app_revision = "r2"}});
  ASSERT_EQ(watch.memory.counters.revisions.size(), 2U);
  EXPECT_EQ(watch.memory.counters.revisions[0].requests, 0U);
  watch.poll({{.id = "a", .success = 7, .app_revision = "r1"},
              {.id = "b", .success = 1, .failed = 1, .app_revision = "r2"}});
  EXPECT_EQ(watch.memory.counters.revisions[0].requests, 2U);
  EXPECT_EQ(watch.memory.counters.revisions[1].requests, 2U);
  EXPECT_EQ(watch.memory.counters.revisions[1].failed, 1U);
}

TEST(Reduce, IntegratesTheTimeThatWorkersSpentInEachState) {
  Watch watch;
  watch.poll({{.id = "a"}, {.id = "b"}}).poll({{.id = "a"}});
  const auto free = static_cast<std::size_t>(WorkerState::kFree);
  EXPECT_EQ(watch.memory.counters.worker_seconds[free], 60);
  watch.poll({});
  EXPECT_EQ(watch.memory.counters.worker_seconds[free], 90);
}

TEST(Reduce, DoesNotIntegrateOverGapsLongerThanTwoAndAHalfIntervals) {
  Watch watch;
  watch.poll({{.id = "a"}});
  watch.now += seconds{46};
  watch.poll({{.id = "a"}});
  EXPECT_EQ(watch.memory.counters.worker_seconds[static_cast<std::size_t>(WorkerState::kFree)], 0);
}

TEST(Reduce, IntegratesTheTimeOfGpusByModel) {
  Watch watch;
  watch.poll({{.id = "a", .gpu_model = "A100", .gpus = 4}}).poll({});
  ASSERT_EQ(watch.memory.counters.gpu_seconds.size(), 1U);
  EXPECT_EQ(watch.memory.counters.gpu_seconds[0].model, "A100");
  EXPECT_EQ(
      watch.memory.counters.gpu_seconds[0].by_state[static_cast<std::size_t>(WorkerState::kFree)],
      120);
}

TEST(Reduce, KeepsTheNewestTimeAtWhichAWorkerThatServedDid) {
  Watch watch;
  watch
      .poll({{.id = "a", .success = 1, .last_serve_at = kWatchBegin - hours{2}},
             {.id = "b", .success = 1, .last_serve_at = kWatchBegin - hours{1}},
             {.id = "never", .last_serve_at = kWatchBegin}})
      .poll({});
  EXPECT_EQ(watch.memory.counters.last_served, kWatchBegin - hours{1});
}

TEST(Reduce, ReportsTimesThatCannotBe) {
  Watch watch;
  watch.poll({}).poll(
      {{.id = "early", .created_at = kWatchBegin, .launch_at = kWatchBegin - hours{1}},
       {.id = "future", .created_at = kWatchBegin + hours{1}}});
  EXPECT_EQ(watch.last.clock_anomalies, (std::vector<std::string_view>{"launchAt", "createdAt"}));
  EXPECT_EQ(watch.memory.counters.launch_duration.sum, 0);
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
