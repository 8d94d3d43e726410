// The simulated platform's listings through the parser and the reduction, in simulated time:
// whatever comes and goes, the counters equal what the platform truly served.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "api/listing.hpp"
#include "simulator/api_json.hpp"
#include "simulator/world.hpp"
#include "state/reduce.hpp"

namespace everai {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds{1727602800}};

struct Churn {
  std::uint64_t seed;
  milliseconds interval;
  simulator::Int64Form int64_form;
};

void PrintTo(const Churn& churn, std::ostream* out) {
  *out << "seed " << churn.seed << ", a poll every " << churn.interval.count() << " ms";
}

class ChurnTest : public testing::TestWithParam<Churn> {
 protected:
  static simulator::World make_world(std::uint64_t seed) {
    const simulator::Fleets fleets = simulator::make_fleets("churn", {}).value();
    return simulator::World(
        {.seed = seed, .start = kStart, .apps = fleets.apps, .day_length = fleets.day_length});
  }

  void poll(const simulator::World& world) {
    for (const simulator::Fleet& fleet : world.fleets()) {
      const auto listing = [&](bool show_all) {
        return api::parse_listing(api::PaddedText(simulator::render_listing(
                                      fleet, {.show_all = show_all, .recent_days = 1}, world.now(),
                                      GetParam().int64_form)))
            .value();
      };
      const api::Listing live = listing(false);
      const api::Listing history = listing(true);
      state::AppMemory& memory = memories[fleet.profile().app];
      const std::uint64_t before = memory.counters.requests;
      memory = state::reduce(std::move(memory), state::merge_listings(live, &history),
                             {.date = world.now(),
                              .ours = world.now(),
                              .steady = SteadyTime{world.now().time_since_epoch()}},
                             {})
                   .memory;
      ASSERT_GE(memory.counters.requests, before);
      for (const api::Worker& worker : history.workers) {
        seen.insert(std::string(worker.id));
      }
    }
  }

  std::map<api::AppRef, state::AppMemory> memories;
  std::set<std::string> seen;
};

TEST_P(ChurnTest, CountersEqualTheTruthAfterTenMinutes) {
  simulator::World world = make_world(GetParam().seed);
  poll(world);
  for (Timestamp now = kStart; now < kStart + minutes{10}; now += GetParam().interval) {
    world.advance_to(now);
    poll(world);
  }
  world.advance_to(kStart + minutes{10});
  poll(world);

  std::uint64_t created = 0;
  for (const simulator::Fleet& fleet : world.fleets()) {
    const state::AppMemory& memory = memories[fleet.profile().app];
    EXPECT_EQ(memory.counters.requests, fleet.truth().success + fleet.truth().failed)
        << to_string(fleet.profile().app);
    EXPECT_EQ(memory.counters.failed, fleet.truth().failed) << to_string(fleet.profile().app);
    EXPECT_EQ(memory.counters.regressions, 0U);
    EXPECT_EQ(memory.counters.created, fleet.truth().workers_created);
    EXPECT_EQ(memory.counters.deleted, fleet.truth().workers_deleted);
    EXPECT_EQ(memory.counters.replaced, fleet.truth().workers_replaced);
    EXPECT_EQ(memory.counters.worker_errors, fleet.truth().worker_errors);
    EXPECT_GT(memory.counters.requests, 100U) << "too little happened to prove anything";
    created += fleet.truth().workers_created;
  }
  EXPECT_GT(created, 30U) << "too little happened to prove anything";
  EXPECT_GT(seen.size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChurnTest,
                         testing::Values(Churn{1, seconds{30}, simulator::Int64Form::kNumber},
                                         Churn{2, seconds{30}, simulator::Int64Form::kString},
                                         Churn{3, milliseconds{7300},
                                               simulator::Int64Form::kNumber},
                                         Churn{4, seconds{5}, simulator::Int64Form::kString},
                                         Churn{5, seconds{120}, simulator::Int64Form::kNumber}));

}  // namespace
}  // namespace everai
