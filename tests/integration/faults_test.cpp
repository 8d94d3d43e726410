// Answers of a faulty platform through the parser and the reduction, in simulated time: the
// counters equal what was truly served, and where the platform keeps something from those who ask,
// they stay below it.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "api/listing.hpp"
#include "simulator/answer.hpp"
#include "simulator/world.hpp"
#include "state/reduce.hpp"

namespace everai {
namespace {

using namespace std::chrono_literals;
using simulator::Faults;
using simulator::Fleet;

constexpr Timestamp kStart{std::chrono::seconds{1727602800}};

struct Counted {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;

  bool operator==(const Counted&) const = default;
};

void PrintTo(const Counted& counted, std::ostream* out) {
  *out << counted.requests << " requests, " << counted.failed << " failed";
}

Counted truth_of(const Fleet& fleet) {
  return {fleet.truth().success + fleet.truth().failed, fleet.truth().failed};
}

/// A churning world with faults, and what an exporter makes of it.
class Watch {
 public:
  Watch(std::uint64_t seed, const Faults& faults) : world(make_world(seed, faults)) {}

  /// Polls every app. @param faithful  as if there were no faults of answers this time.
  void poll(bool faithful = false) {
    for (const Fleet& fleet : world.fleets()) {
      const api::AppRef& app = fleet.profile().app;
      const api::Listing live = ask(fleet, false, faithful);
      const api::Listing history = ask(fleet, true, faithful);
      memories[app] = state::reduce(std::move(memories[app]), state::merge_listings(live, &history),
                                    {.date = world.now(),
                                     .ours = world.now(),
                                     .steady = SteadyTime{world.now().time_since_epoch()}},
                                    {})
                          .memory;
    }
  }

  void advance(std::chrono::milliseconds by) { world.advance_to(world.now() + by); }

  /// What was counted of an app.
  Counted counted(const Fleet& fleet) {
    const state::AppMemory& memory = memories[fleet.profile().app];
    return {memory.counters.requests, memory.counters.failed};
  }

  void expect_at_most_the_truth() {
    for (const Fleet& fleet : world.fleets()) {
      ASSERT_LE(counted(fleet).requests, truth_of(fleet).requests)
          << world.now().time_since_epoch().count();
      ASSERT_LE(counted(fleet).failed, truth_of(fleet).failed);
    }
  }

  simulator::World world;

 private:
  static simulator::World make_world(std::uint64_t seed, const Faults& faults) {
    simulator::Fleets fleets = simulator::make_fleets("churn", {}).value();
    for (simulator::AppProfile& app : fleets.apps) {
      app.faults = faults;
    }
    return simulator::World(
        {.seed = seed, .start = kStart, .apps = fleets.apps, .day_length = fleets.day_length});
  }

  api::Listing ask(const Fleet& fleet, bool show_all, bool faithful) {
    const simulator::ListingQuery query{.show_all = show_all, .recent_days = 1};
    const auto form = simulator::Int64Form::kNumber;
    const std::string body = faithful
                                 ? render_listing(fleet, query, world.now(), form)
                                 : answer_listing(fleet, query, world.now(), form, random).body;
    return api::parse_listing(api::PaddedText(body)).value();
  }

  simulator::Random random{1, 1};
  std::map<api::AppRef, state::AppMemory> memories;
};

/// All that keeps nothing from those who ask, but for what a relaunch takes away.
constexpr Faults kHarmless{.relaunch = 1min,
                           .flash = 10s,
                           .bad_devices = 0.1,
                           .omit = 0.2,
                           .reorder = 0.5,
                           .strings = 0.3,
                           .unknown_enum = 0.1,
                           .unknown_field = 0.2,
                           .null = 0.2,
                           .duplicate = 0.1};

class FaultsTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FaultsTest, CountersEqualTheTruthWhenEveryRelaunchIsSeen) {
  Watch watch(GetParam(), kHarmless);
  watch.poll();
  while (watch.world.now() < kStart + 4min) {
    watch.advance(1s);
    watch.poll();
  }
  for (const Fleet& fleet : watch.world.fleets()) {
    EXPECT_EQ(watch.counted(fleet), truth_of(fleet)) << to_string(fleet.profile().app);
    EXPECT_GT(fleet.truth().relaunches, 5U) << "too little happened to prove anything";
  }
}

TEST_P(FaultsTest, CountersNeverExceedTheTruthWhenRelaunchesHideRequests) {
  Watch watch(GetParam(), kHarmless);
  watch.poll();
  while (watch.world.now() < kStart + 20min) {
    watch.advance(17s);
    watch.poll();
    watch.expect_at_most_the_truth();
  }
  for (const Fleet& fleet : watch.world.fleets()) {
    EXPECT_GT(watch.counted(fleet).requests * 10, truth_of(fleet).requests * 8);
  }
}

TEST_P(FaultsTest, CountersNeverExceedTheTruthWhenWorkersAreNotListed) {
  Watch watch(GetParam(), {.lost_worker = 0.3, .empty_listing = 0.1});
  watch.poll();
  while (watch.world.now() < kStart + 20min) {
    watch.advance(5s);
    watch.poll();
    watch.expect_at_most_the_truth();
  }
  for (const Fleet& fleet : watch.world.fleets()) {
    EXPECT_GT(watch.counted(fleet).requests * 10, truth_of(fleet).requests * 9);
  }
}

TEST_P(FaultsTest, CountersNeverExceedTheTruthThroughStaleReads) {
  Faults faults = kHarmless;
  faults.stale_read = 0.6;
  Watch watch(GetParam(), faults);
  watch.poll();
  while (watch.world.now() < kStart + 4min) {
    watch.advance(1s);
    watch.poll();
    watch.expect_at_most_the_truth();
  }
}

TEST_P(FaultsTest, CountersEqualTheTruthAfterStaleReads) {
  Faults faults = kHarmless;
  faults.relaunch = 0s;
  faults.stale_read = 0.6;
  faults.stale_age = 30s;
  Watch watch(GetParam(), faults);
  watch.poll();
  while (watch.world.now() < kStart + 10min) {
    watch.advance(5s);
    watch.poll();
    watch.expect_at_most_the_truth();
  }
  watch.poll(true);
  for (const Fleet& fleet : watch.world.fleets()) {
    EXPECT_EQ(watch.counted(fleet), truth_of(fleet)) << to_string(fleet.profile().app);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FaultsTest, testing::Range<std::uint64_t>(1, 4));

}  // namespace
}  // namespace everai
