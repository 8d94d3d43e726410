#include "state/platform_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/state/watch.hpp"

// What our clock and the platform's may do, and what it does to the counters.
namespace everai::state {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::kWatchBegin;
using test::Seen;
using test::Watch;

/// A worker that was created when `watch` last polled.
Seen newborn(const Watch& watch, std::string_view id, std::uint64_t success) {
  return {.id = id, .success = success, .created_at = watch.now - seconds{25}};
}

std::uint64_t requests(const Watch& watch) {
  return watch.memory.counters.requests;
}

TEST(PlatformClock, CountsWhatWasServedThoughOurClockWasSavedAhead) {
  Watch watch;
  watch.our_lead = days{3};
  watch.poll({}).restart();
  watch.our_lead = {};
  watch.poll({newborn(watch, "a", 50)});
  EXPECT_EQ(requests(watch), 50U);
}

TEST(PlatformClock, CountsAWorkerThatAppearsAsOurClockStepsBack) {
  Watch watch;
  watch.poll({});
  watch.our_lead = -days{3};
  watch.poll({newborn(watch, "a", 50)});
  EXPECT_EQ(requests(watch), 50U);
}

TEST(PlatformClock, ForgetsNoWorkerAsOurClockStepsAheadWhileAnAnswerLacksIt) {
  Watch watch;
  const Seen worker{.id = "a", .success = 50, .created_at = kWatchBegin + seconds{5}};
  watch.poll({}).poll({worker});
  watch.our_lead = days{3};
  watch.poll({}).poll({worker});
  EXPECT_EQ(requests(watch), 50U);
}

TEST(PlatformClock, CountsByOurClockWhereThePlatformTellsNoTime) {
  Watch watch;
  watch.with_date = false;
  watch.our_lead = days{3};
  watch.poll({});
  watch.our_lead = {};
  const Seen worker = newborn(watch, "a", 5);
  watch.poll({worker}).poll({worker}).poll({worker});
  EXPECT_EQ(requests(watch), 5U);
}

TEST(PlatformClock, CountsNewWorkersThoughTheFirstDateWasAYearAhead) {
  Watch watch;
  watch.date_error = days{365};
  watch.poll({});
  watch.date_error = {};
  const Seen first = newborn(watch, "a", 4);
  watch.poll({first}).poll({first}).poll({first}).poll({first});
  EXPECT_EQ(requests(watch), 4U);
  watch.poll({first, newborn(watch, "b", 3)});
  EXPECT_EQ(requests(watch), 7U);
  EXPECT_EQ(watch.memory.counters.created, 2U);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
}

TEST(PlatformClock, CountsNoOldWorkerThoughTheFirstDateWasAYearBehind) {
  Watch watch;
  watch.date_error = -days{365};
  watch.poll({});
  watch.date_error = {};
  const Seen young = newborn(watch, "new", 3);
  for (int i = 0; i < 5; ++i) {
    watch.poll({young, {.id = "old", .success = 1000}});
  }
  EXPECT_EQ(requests(watch), 3U);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
}

TEST(PlatformClock, CountsOnWhenAWrongTimeOfThePlatformWasSaved) {
  Watch watch;
  watch.date_error = days{365};
  watch.poll({{.id = "known", .success = 10}}).poll({{.id = "known", .success = 11}});
  const Seen meanwhile = newborn(watch, "meanwhile", 2);
  watch.now += minutes{10};
  watch.restart();
  watch.date_error = {};
  const Seen young = newborn(watch, "new", 3);
  watch.poll({{.id = "known", .success = 12}, meanwhile, young});
  EXPECT_EQ(requests(watch), 5U) << "as our clock agrees with the new time";
  EXPECT_EQ(watch.memory.watch_began, watch.now - minutes{1})
      << "for how long it was down is not known";
}

TEST(PlatformClock, TakesOnlyThreePollsToKnowBetterThanWhatWasSavedIfOurClockIsNoHelp) {
  Watch watch;
  watch.our_lead = hours{1};
  watch.date_error = days{365};
  watch.poll({}).restart();
  watch.date_error = {};
  const Seen young = newborn(watch, "new", 3);
  watch.poll({young}).poll({young});
  EXPECT_EQ(requests(watch), 0U);
  watch.poll({young});
  EXPECT_EQ(requests(watch), 3U);
}

TEST(PlatformClock, CountsOnWhenOurClockWasSavedAheadAndThePlatformTellsNoTime) {
  Watch watch;
  watch.with_date = false;
  watch.our_lead = days{3};
  watch.poll({}).poll({}).restart();
  watch.our_lead = {};
  watch.poll({newborn(watch, "a", 50)});
  EXPECT_EQ(requests(watch), 50U);
}

TEST(PlatformClock, BelievesAtOnceWhatOurClockAgreesWith) {
  Watch watch;
  watch.date_error = days{365};
  watch.poll({});
  watch.date_error = {};
  watch.poll({newborn(watch, "a", 4)});
  EXPECT_EQ(requests(watch), 4U);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
}

TEST(PlatformClock, MindsNoSingleWrongDate) {
  Watch watch;
  const Seen old{.id = "old", .success = 1000};
  watch.poll({}).poll({});
  for (const auto error : {days{365}, -days{365}, days{2}}) {
    watch.date_error = error;
    watch.poll({old});
    watch.date_error = {};
    watch.poll({old}).poll({old});
  }
  EXPECT_EQ(requests(watch), 0U);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
  EXPECT_EQ(watch.memory.last_poll, watch.now - seconds{30});
}

TEST(PlatformClock, BelievesAStepOfThePlatformsClockAfterThreePolls) {
  Watch watch;
  watch.poll({}).poll({});
  watch.date_error = -hours{2};
  watch.poll({}).poll({});
  EXPECT_EQ(watch.memory.last_poll, watch.now - seconds{30});
  watch.poll({});
  EXPECT_EQ(watch.memory.last_poll, watch.now - seconds{30} - hours{2});
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin - hours{2});
}

TEST(PlatformClock, FollowsAClockThatRunsFasterWithoutLosingAWorker) {
  constexpr int kFactor = 60;
  Watch watch;
  std::vector<std::pair<std::string, Timestamp>> ids;
  std::uint64_t expected = 0;
  watch.poll({});
  for (int i = 1; i <= 40; ++i) {
    watch.date_error = (watch.now - kWatchBegin) / seconds{1} * seconds{kFactor - 1};
    const std::string id = "w" + std::to_string(100 + i);
    const Timestamp platform = watch.now + watch.date_error;
    // Created some time between two polls, and listed by all that follow until the fifth.
    ids.push_back({id, platform - seconds{25 * kFactor}});
    std::vector<Seen> seen;
    for (std::size_t k = ids.size() > 5 ? ids.size() - 5 : 0; k < ids.size(); ++k) {
      seen.push_back({.id = ids[k].first, .success = 2, .created_at = ids[k].second});
    }
    watch.poll(seen);
    expected += 2;
  }
  EXPECT_EQ(requests(watch), expected);
  EXPECT_EQ(watch.memory.watch_began, kWatchBegin);
}

TEST(PlatformClock, FollowsNoClockThatStands) {
  Watch watch;
  watch.poll({});
  for (int i = 1; i <= 20; ++i) {
    watch.date_error = std::chrono::floor<seconds>(kWatchBegin - watch.now);
    watch.poll({});
  }
  EXPECT_GT(watch.memory.last_poll, watch.now - seconds{35});
}

TEST(PlatformClock, TakesTheSleepOfTheMachineForNoStep) {
  PlatformClock clock;
  const Timestamp begin = kWatchBegin;
  const SteadyTime steady{};
  clock.read(std::nullopt, {.date = begin, .ours = begin, .steady = steady});
  const Timestamp later = begin + hours{8};
  const auto reading =
      clock.read(begin, {.date = later, .ours = later, .steady = steady + seconds{30}});
  EXPECT_EQ(reading.now, later);
  EXPECT_EQ(reading.step, seconds{0});
  EXPECT_EQ(clock.began, begin);
}

TEST(PlatformClock, TellsHowFarOursIsAheadOnceTheyDiffer) {
  Watch watch;
  watch.our_lead = seconds{20};
  watch.poll({});
  EXPECT_EQ(watch.memory.clock.offset, seconds{0});
  watch.our_lead = minutes{20};
  watch.poll({});
  EXPECT_EQ(watch.memory.clock.offset, minutes{20});
  watch.our_lead = minutes{20} + seconds{25};
  watch.poll({});
  EXPECT_EQ(watch.memory.clock.offset, minutes{20}) << "it does not wobble";
  watch.our_lead = seconds{-5};
  watch.poll({});
  EXPECT_EQ(watch.memory.clock.offset, seconds{0});
}

TEST(PlatformClock, TellsTheReadyTimeByThePlatformsClock) {
  Watch watch;
  watch.our_lead = minutes{20};
  watch.poll({}).poll({newborn(watch, "a", 0)});
  EXPECT_EQ(watch.memory.counters.ready_duration.sum, 25);
}

TEST(PlatformClock, IntegratesBySteadyTime) {
  Watch watch;
  watch.poll({{.id = "a"}});
  watch.our_lead = -days{1};
  watch.poll({{.id = "a"}});
  watch.our_lead = days{1};
  watch.date_error = days{1};
  watch.poll({{.id = "a"}});
  EXPECT_EQ(watch.memory.counters.worker_seconds[static_cast<std::size_t>(WorkerState::kFree)], 60);
}

TEST(PlatformClock, KeepsNoErrorInTheFuture) {
  Watch watch;
  watch.date_error = days{3};
  watch.poll({{.id = "a"}}).poll({{.id = "a", .status = api::WorkerStatus::kError}});
  const Timestamp when = watch.now - seconds{30};
  watch.date_error = {};
  for (int i = 0; i < 3; ++i) {
    watch.poll({{.id = "a", .status = api::WorkerStatus::kError}});
  }
  EXPECT_EQ(watch.memory.counters.last_worker_error, when);
}

TEST(PlatformClock, KeepsNoErrorInTheFutureThatWasSaved) {
  Watch watch;
  watch.poll({});
  watch.memory.counters.last_worker_error = watch.now + days{3};
  watch.restart().poll({}).poll({});
  EXPECT_EQ(watch.memory.counters.last_worker_error, watch.now - seconds{60});
}

}  // namespace
}  // namespace everai::state
