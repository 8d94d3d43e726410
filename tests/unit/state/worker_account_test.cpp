#include "state/worker_account.hpp"

#include <gtest/gtest.h>

#include "unit/state/watch.hpp"

// The records of one worker that a platform, its replicas and its clocks may show.
namespace everai::state {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kWatchBegin;
using test::Seen;
using test::Watch;

constexpr Timestamp kBorn = kWatchBegin + seconds{10};
constexpr Timestamp kLaunched = kWatchBegin + seconds{20};

/// A worker that was created on watch.
Seen born(std::uint64_t success, std::optional<Timestamp> launch_at = kLaunched,
          std::optional<Timestamp> last_serve_at = std::nullopt) {
  return {.id = "a",
          .success = success,
          .created_at = kBorn,
          .launch_at = launch_at,
          .last_serve_at = last_serve_at};
}

std::uint64_t requests(const Watch& watch) {
  return watch.memory.counters.requests;
}

TEST(WorkerAccount, GoesOnAtOnceWhenDigitsOfTheLaunchAreCut) {
  Watch watch;
  watch.poll({})
      .poll({born(10, kLaunched + milliseconds{700})})
      .poll({born(15, kLaunched)})
      .poll({born(16, kLaunched + milliseconds{700})})
      .poll({born(18, kLaunched)});
  EXPECT_EQ(requests(watch), 18U);
  EXPECT_EQ(watch.memory.counters.regressions, 0U);
}

TEST(WorkerAccount, GoesOnAtOnceWhenTheTimeOfServingGoesBackAndTheCountsDoNot) {
  Watch watch;
  watch.poll({})
      .poll({born(10, kLaunched, kLaunched + hours{20})})
      .poll({born(15, kLaunched, kLaunched + seconds{50})})
      .poll({born(16, kLaunched, kLaunched + seconds{80})});
  EXPECT_EQ(requests(watch), 16U);
}

TEST(WorkerAccount, BelievesNoLaunchThatGoesBackForThreePolls) {
  Watch watch;
  watch.poll({}).poll({born(10)});
  for (std::uint64_t success = 11; success < 14; ++success) {
    watch.poll({born(success, kLaunched - hours{1})});
  }
  EXPECT_EQ(requests(watch), 10U);
  EXPECT_EQ(watch.memory.counters.regressions, 3U);
  watch.poll({born(14, kLaunched - hours{1})}).poll({born(17, kLaunched - hours{1})});
  EXPECT_EQ(requests(watch), 13U) << "what was counted before the fourth may have been seen before";
}

TEST(WorkerAccount, BelievesALaunchThatGoesBackAtOnceIfItServedSince) {
  Watch watch;
  watch.poll({})
      .poll({born(10, kLaunched, kLaunched + seconds{5})})
      .poll({born(12, kLaunched - hours{1}, kLaunched + seconds{40})});
  EXPECT_EQ(requests(watch), 12U);
}

TEST(WorkerAccount, GoesOnFromLowerCountsOfALaunchThatWasCorrected) {
  Watch watch;
  watch.poll({}).poll({born(10)});
  for (int i = 1; i <= 3; ++i) {
    watch.poll({born(2, kLaunched - hours{1}, kLaunched + minutes{i})});
  }
  watch.poll({born(5, kLaunched - hours{1}, kLaunched + minutes{4})});
  EXPECT_EQ(requests(watch), 13U);
}

TEST(WorkerAccount, CountsALaunchAfterOneThatWasCorrected) {
  Watch watch;
  watch.poll({})
      .poll({born(100, kLaunched + hours{2}, kLaunched + hours{2})})
      .poll({born(110, kLaunched, kLaunched + hours{3})})
      .poll({born(4, kLaunched + hours{1}, kLaunched + hours{4})});
  EXPECT_EQ(requests(watch), 114U);
}

TEST(WorkerAccount, SeesErrorAndEndOfAWorkerWhoseTimesWentBack) {
  Watch watch;
  watch.poll({}).poll({born(10)});
  Seen failed = born(10, kLaunched - hours{1});
  failed.status = api::WorkerStatus::kError;
  for (int i = 0; i < 4; ++i) {
    watch.poll({failed});
  }
  EXPECT_EQ(watch.memory.counters.worker_errors, 1U);
  failed.deleted_at = kBorn + minutes{3};
  watch.poll({failed});
  EXPECT_EQ(watch.memory.counters.deleted, 1U);
}

TEST(WorkerAccount, TakesATimeFarAheadForMissing) {
  Watch watch;
  const Timestamp far = kWatchBegin + days{2'000'000};
  watch.poll({})
      .poll({born(10, far, far)})
      .poll({born(11, kLaunched, kLaunched + seconds{40})})
      .poll({born(13, kLaunched, kLaunched + seconds{70})});
  EXPECT_EQ(requests(watch), 13U);
  EXPECT_EQ(watch.memory.counters.last_served, kLaunched + seconds{70});
  EXPECT_EQ(watch.memory.workers[0].launch_at, kLaunched);
}

TEST(WorkerAccount, AddsNothingWhenAReplicaThatLaggedBehindALaunchForLongCatchesUp) {
  Watch watch;
  watch.poll({}).poll({born(100)}).poll({born(7, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 107U);
  for (int i = 0; i < 10; ++i) {
    watch.poll({born(100)});
  }
  watch.poll({born(9, kLaunched + minutes{1})}).poll({born(10, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 108U);
}

TEST(WorkerAccount, AddsNothingWhenAReplicaThatLaggedForLongCatchesUp) {
  Watch watch;
  watch.poll({}).poll({born(100, kLaunched, kLaunched + seconds{50})});
  for (std::uint64_t i = 0; i < 20; ++i) {
    watch.poll({born(60 + i, kLaunched, kLaunched + seconds{10 + i})});
  }
  watch.poll({born(101, kLaunched, kLaunched + minutes{20})});
  EXPECT_EQ(requests(watch), 101U);
}

TEST(WorkerAccount, CountsALaunchWholeIfTheCountsAreFarLower) {
  Watch watch;
  watch.poll({})
      .poll({born(1000)})
      .poll({born(7, kLaunched + minutes{1})})
      .poll({born(20, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 1020U);
}

TEST(WorkerAccount, WaitsWithALaunchWhoseCountsAreLittleLower) {
  Watch watch;
  watch.poll({})
      .poll({born(1000)})
      .poll({born(998, kLaunched + minutes{1})})
      .poll({born(999, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 1000U);
  watch.poll({born(1003, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 1003U);
}

TEST(WorkerAccount, AddsTheGrowthOfALaunchWhoseCountsStayLittleLower) {
  Watch watch;
  watch.poll({})
      .poll({born(1000)})
      .poll({born(600, kLaunched + minutes{1})})
      .poll({born(610, kLaunched + minutes{1})})
      .poll({born(625, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 1025U);
  watch.poll({born(630, kLaunched + minutes{1})});
  EXPECT_EQ(requests(watch), 1030U);
}

TEST(WorkerAccount, CountsALaunchWholeThatComesWhileAnotherIsWaitedFor) {
  Watch watch;
  watch.poll({})
      .poll({born(1000)})
      .poll({born(998, kLaunched + minutes{1})})
      .poll({born(5, kLaunched + minutes{2})});
  EXPECT_EQ(requests(watch), 1005U);
}

TEST(WorkerAccount, CountsAnErrorOfALaunchThatIsWaitedForOnce) {
  Watch watch;
  Seen failed = born(998, kLaunched + minutes{1});
  failed.status = api::WorkerStatus::kError;
  watch.poll({}).poll({born(1000)}).poll({failed}).poll({failed}).poll({failed}).poll({failed});
  EXPECT_EQ(watch.memory.counters.worker_errors, 1U);
}

TEST(WorkerAccount, GoesOnFromAResetThatNoTimeTellsAfterThreePolls) {
  Watch watch;
  const auto reset = [](std::uint64_t success) { return born(success, std::nullopt); };
  watch.poll({}).poll({reset(1000)}).poll({reset(5)}).poll({reset(6)}).poll({reset(8)});
  EXPECT_EQ(requests(watch), 1000U);
  watch.poll({reset(12)});
  EXPECT_EQ(requests(watch), 1004U);
}

TEST(WorkerAccount, GoesOnFromAResetThatServesLate) {
  Watch watch;
  const auto reset = [](std::uint64_t success) { return born(success, std::nullopt); };
  watch.poll({}).poll({reset(1000)});
  for (int i = 0; i < 10; ++i) {
    watch.poll({reset(5)});
  }
  watch.poll({reset(9)}).poll({reset(10)});
  EXPECT_EQ(requests(watch), 1005U);
}

TEST(WorkerAccount, EndsAWorkerThatVanishedAfterThreePolls) {
  Watch watch;
  watch.poll({}).poll({born(0)}).poll({}).poll({});
  EXPECT_EQ(watch.memory.counters.deleted, 0U);
  watch.poll({}).poll({}).poll({});
  EXPECT_EQ(watch.memory.counters.deleted, 1U);
  EXPECT_EQ(watch.memory.counters.never_served, 1U);
  EXPECT_EQ(watch.memory.counters.lifetime.sum, 20) << "from its creation until it was last seen";
}

TEST(WorkerAccount, CountsTheEndOfAWorkerThatVanishedAndCameBackOnce) {
  Watch watch;
  watch.poll({}).poll({born(3)}).poll({}).poll({}).poll({}).poll({born(5)});
  Seen gone = born(6);
  gone.deleted_at = kBorn + minutes{10};
  gone.present = false;
  watch.poll({gone});
  EXPECT_EQ(watch.memory.counters.deleted, 1U);
  EXPECT_EQ(requests(watch), 6U);
}

TEST(WorkerAccount, EndsNoWorkerThatOnlyTheMissingHistoryMayKnow) {
  Watch watch;
  watch.poll({}).poll({born(0)});
  watch.with_history = false;
  watch.poll({}).poll({}).poll({}).poll({});
  EXPECT_EQ(watch.memory.counters.deleted, 0U);
}

TEST(WorkerAccount, StartsAnewWithAWorkerThatIsListedAgainBeforeTheThirdPoll) {
  Watch watch;
  watch.poll({}).poll({born(0)});
  for (int i = 0; i < 5; ++i) {
    watch.poll({}).poll({}).poll({born(0)});
  }
  EXPECT_EQ(watch.memory.counters.deleted, 0U);
}

TEST(WorkerAccount, CountsAnotherWorkerOfTheSameIdInEveryCounter) {
  Watch watch;
  watch.poll({}).poll({born(10)});
  Seen next = born(3, kBorn + minutes{2});
  next.created_at = kBorn + minutes{2};
  watch.poll({next}).poll({next});
  EXPECT_EQ(requests(watch), 13U);
  EXPECT_EQ(watch.memory.counters.created, 2U);
  EXPECT_EQ(watch.memory.counters.deleted, 1U);
  EXPECT_EQ(watch.memory.counters.launch_duration.sum, 10);
  next.deleted_at = kBorn + minutes{3};
  next.present = false;
  watch.poll({next});
  EXPECT_EQ(watch.memory.counters.deleted, 2U);
}

TEST(WorkerAccount, TakesNoneForAnotherWhoseCreationDiffersByLessThanTheTolerance) {
  Watch watch;
  Seen same = born(11);
  same.created_at = kBorn + seconds{29};
  watch.poll({}).poll({born(10)}).poll({same}).poll({born(12)});
  EXPECT_EQ(requests(watch), 12U);
  EXPECT_EQ(watch.memory.counters.created, 1U);
}

TEST(WorkerAccount, AddsNothingForAStaleRecordOfAnEarlierWorkerOfTheSameId) {
  Watch watch;
  Seen next = born(3, kBorn + minutes{2});
  next.created_at = kBorn + minutes{2};
  watch.poll({}).poll({born(10)}).poll({next});
  for (int i = 0; i < 8; ++i) {
    watch.poll({born(10)});
  }
  watch.poll({next});
  EXPECT_EQ(requests(watch), 13U);
  EXPECT_EQ(watch.memory.counters.created, 2U);
}

TEST(WorkerAccount, AddsUpToTheGreatestNumberThereIs) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  Watch watch;
  const auto huge = [](std::string_view id) {
    return Seen{.id = id, .success = kMost, .failed = kMost, .created_at = kBorn};
  };
  watch.poll({}).poll({huge("a"), huge("b"), huge("c")});
  EXPECT_EQ(requests(watch), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(watch.memory.counters.failed, std::numeric_limits<std::uint64_t>::max());
}

TEST(WorkerAccount, DatesNoReadinessAfterAGap) {
  Watch watch;
  watch.poll({}).poll({{.id = "a", .created_at = kBorn, .status = api::WorkerStatus::kPending}});
  watch.now += hours{3};
  watch.poll({born(0), {.id = "b", .created_at = kBorn + hours{1}}});
  EXPECT_EQ(watch.memory.counters.ready_duration.sum, 0);
  watch.poll({born(0), {.id = "b"}, {.id = "c", .created_at = watch.now - seconds{20}}});
  EXPECT_EQ(watch.memory.counters.ready_duration.sum, 20);
}

TEST(WorkerAccount, DatesNoReadinessAtTheFirstPollAfterARestart) {
  Watch watch;
  watch.poll({}).restart().poll({born(0)});
  EXPECT_EQ(watch.memory.counters.ready_duration.sum, 0);
  EXPECT_EQ(watch.memory.counters.created, 1U);
}

TEST(WorkerAccount, DatesNoReadinessOfAWorkerThatWasNotListedForLong) {
  Watch watch;
  const Seen pending{.id = "a", .created_at = kBorn, .status = api::WorkerStatus::kPending};
  watch.poll({}).poll({pending}).poll({}).poll({}).poll({}).poll({born(0)});
  EXPECT_EQ(watch.memory.counters.ready_duration.sum, 0);
}

}  // namespace
}  // namespace everai::state
