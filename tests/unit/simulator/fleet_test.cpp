#include "simulator/fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

const api::AppRef kSd{"default", "sd"};
const api::AppRef kLlm{"default", "llm"};
const api::AppRef kWhisper{"team-b", "whisper"};

const Worker& worker_of(const Fleet& fleet, const std::string& id) {
  return *std::find_if(fleet.workers().begin(), fleet.workers().end(),
                       [&id](const Worker& worker) { return worker.id == id; });
}

TEST(Fleet, GoesThroughTheStatesOfAStartInOrder) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  const std::string id = fleet.scale_up(1).at(0);
  std::vector<api::WorkerStatus> statuses;
  for (auto time = kStart; time < kStart + 20s; time += kTick) {
    world.advance_to(time);
    const auto status = status_of(worker_of(fleet, id));
    if (statuses.empty() || statuses.back() != status) {
      statuses.push_back(status);
    }
  }
  const std::vector<api::WorkerStatus> wanted{
      api::WorkerStatus::kUnspecified, api::WorkerStatus::kCreated, api::WorkerStatus::kInitialized,
      api::WorkerStatus::kPending, api::WorkerStatus::kRunning};
  EXPECT_EQ(statuses, wanted);
  const Worker& worker = worker_of(fleet, id);
  EXPECT_GE(worker.launch_at.value() - worker.created_at, 4s);
  EXPECT_EQ(worker.last_serve_at, worker.launch_at);
  EXPECT_EQ(detail_status_of(worker), api::DetailStatus::kFree);
}

TEST(Fleet, ScalesUpNoFurtherThanMaxWorkers) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  EXPECT_EQ(fleet.scale_up(8).size(), 8U);
  EXPECT_EQ(fleet.scale_up(8).size(), 2U);
  EXPECT_TRUE(fleet.scale_up(1).empty());
  EXPECT_EQ(fleet.truth().workers_created, 10U);
  EXPECT_EQ(fleet.last_scale_up(), kStart);
}

TEST(Fleet, KeepsWhatAManualScaleUpAskedFor) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  EXPECT_EQ(fleet.scale_up(3).size(), 3U);
  world.advance_to(kStart + 10min);
  EXPECT_EQ(fleet.figures().free, 3U);
}

TEST(Fleet, RemovesTheWorkersThatAreNamed) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  const auto ids = fleet.scale_up(3);
  world.advance_to(kStart + 1min);
  ASSERT_TRUE(fleet.scale_down({ids[1]}, 0));
  EXPECT_EQ(status_of(worker_of(fleet, ids[1])), api::WorkerStatus::kTerminating);
  EXPECT_EQ(detail_status_of(worker_of(fleet, ids[1])), api::DetailStatus::kRemove);
  world.advance_to(kStart + 2min);
  ASSERT_EQ(fleet.history().size(), 1U);
  EXPECT_EQ(fleet.history().front().id, ids[1]);
  EXPECT_EQ(fleet.history().front().deleted_at, fleet.last_scale_down());
  EXPECT_EQ(fleet.figures().live, 2U);
}

TEST(Fleet, DeletesTheRecordOfAWorkerThatErrored) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  Faults faults = fleet.faults();
  faults.failed_start = 1;
  fleet.set_faults(faults);
  const auto ids = fleet.scale_up(20);
  world.advance_to(kStart + 5min);
  const auto records = all_workers(fleet);
  const auto lasting = std::find_if(ids.begin(), ids.end(), [&records](const std::string& id) {
    return records.at(id).phase == Phase::kErrored && !records.at(id).deleted_at;
  });
  ASSERT_NE(lasting, ids.end());
  ASSERT_TRUE(fleet.scale_down({*lasting}, 0));
  world.advance_to(kStart + 6min);
  EXPECT_TRUE(all_workers(fleet).at(*lasting).deleted_at);
  EXPECT_EQ(fleet.scale_down({*lasting}, 0).error().code, ErrorCode::kNotFound) << "twice";
}

TEST(Fleet, CountsAWorkerOnceThatIsNamedTwice) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  const auto ids = fleet.scale_up(1);
  fleet.set_faults({.error = 1s});
  while (world.now() < kStart + 5min && worker_of(fleet, ids[0]).phase != Phase::kErrored) {
    world.advance_to(world.now() + kTick);
  }
  ASSERT_EQ(worker_of(fleet, ids[0]).phase, Phase::kErrored);
  const std::uint64_t deleted = fleet.truth().workers_deleted;
  ASSERT_TRUE(fleet.scale_down({ids[0], ids[0]}, 0));
  EXPECT_EQ(fleet.truth().workers_deleted, deleted + 1);
  EXPECT_EQ(fleet.truth().scaled_down, 1U);
}

TEST(Fleet, RemovesNothingIfOneNameIsWrong) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  const auto ids = fleet.scale_up(1);
  const auto done = fleet.scale_down({ids[0], "nobody"}, 0);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(fleet.figures().staying, 1U);
}

TEST(Fleet, RemovesFreeWorkersBeforeBusyOnes) {
  World world = make_world("steady");
  Fleet& fleet = *world.find(kWhisper);
  auto time = kStart + 10s;
  world.advance_to(time);
  while (fleet.figures().free < 2 || fleet.figures().free == fleet.figures().live) {
    world.advance_to(time += kTick);
  }
  ASSERT_TRUE(fleet.scale_down({}, 2));
  for (const Worker& worker : fleet.workers()) {
    EXPECT_FALSE(worker.phase == Phase::kRemoving && worker.request);
  }
}

TEST(Fleet, LetsAWorkerFinishItsRequestBeforeItEnds) {
  World world = make_world("steady");
  Fleet& fleet = *world.find(kLlm);
  auto time = kStart;
  const auto is_long_busy = [&](const Worker& worker) {
    return worker.request && worker.request->finish_at > time + 6s && worker.session_ends.empty();
  };
  while (std::none_of(fleet.workers().begin(), fleet.workers().end(), is_long_busy)) {
    world.advance_to(time += kTick);
  }
  const Worker busy = *std::find_if(fleet.workers().begin(), fleet.workers().end(), is_long_busy);
  ASSERT_TRUE(fleet.scale_down({busy.id}, 0));
  world.advance_to(time + 1min);
  const Worker ended = all_workers(fleet).at(busy.id);
  EXPECT_EQ(ended.phase, Phase::kTerminated);
  EXPECT_EQ(ended.success_count + ended.failed_count, busy.success_count + busy.failed_count + 1);
  EXPECT_GE(ended.deleted_at, busy.request->finish_at);
}

TEST(Fleet, DoesNotScaleDownAWorkerWithSessions) {
  World world = make_world("churn");
  std::size_t with_sessions = 0;
  Fleet& fleet = *world.find(kLlm);
  for (auto time = kStart; time < kStart + 30min; time += kTick) {
    world.advance_to(time);
    for (const Worker& worker : fleet.workers()) {
      ASSERT_FALSE(worker.phase == Phase::kRemoving && !worker.session_ends.empty());
      with_sessions += worker.session_ends.empty() ? 0U : 1U;
    }
  }
  EXPECT_GT(with_sessions, 0U);
  std::vector<std::string> ids;
  for (const Worker& worker : fleet.workers()) {
    if (!worker.session_ends.empty()) {
      ids.push_back(worker.id);
    }
  }
  ASSERT_FALSE(ids.empty());
  ASSERT_TRUE(fleet.scale_down(ids, 0));
  EXPECT_EQ(worker_of(fleet, ids[0]).phase, Phase::kServing);
}

TEST(Fleet, CreatesNoWorkersWhileOneIsInFlight) {
  World world = make_world("churn");
  Fleet& fleet = *world.find(kSd);
  const auto in_flight = [&fleet](const std::string& id) {
    return std::any_of(fleet.workers().begin(), fleet.workers().end(), [&id](const Worker& worker) {
      return is_in_flight(worker) && worker.id == id;
    });
  };
  for (auto time = kStart; time < kStart + 10min; time += kTick) {
    std::vector<std::string> starting;
    for (const Worker& worker : fleet.workers()) {
      if (is_in_flight(worker)) {
        starting.push_back(worker.id);
      }
    }
    const std::uint64_t created = fleet.truth().workers_created;
    world.advance_to(time);
    if (std::any_of(starting.begin(), starting.end(), in_flight)) {
      ASSERT_EQ(fleet.truth().workers_created, created);
    }
  }
}

TEST(Fleet, LeavesSomeErroredWorkersWithoutADeletionTime) {
  World world = make_world("churn");
  world.advance_to(kStart + 1h);
  std::size_t deleted = 0;
  std::size_t kept = 0;
  for (const Worker& worker : world.find(kSd)->history()) {
    if (worker.phase == Phase::kErrored) {
      deleted += worker.deleted_at ? 1U : 0U;
      kept += worker.deleted_at ? 0U : 1U;
    }
  }
  EXPECT_GT(deleted, 5U);
  EXPECT_GT(kept, 5U);
}

void set_faults(World& world, const std::vector<std::string>& assignments) {
  ASSERT_TRUE(world.set_faults({.app = std::nullopt, .assignments = assignments}));
}

TEST(Fleet, BeginsAWorkersCountsAgainWhenItRelaunches) {
  World world = make_world("steady");
  set_faults(world, {"relaunch=1m"});
  const Fleet& fleet = *world.find(kSd);
  std::map<std::string, Worker> last = all_workers(fleet);
  std::size_t relaunches = 0;
  for (auto time = kStart; time < kStart + 10min; time += kTick) {
    world.advance_to(time);
    for (const auto& [id, worker] : all_workers(fleet)) {
      const Worker& before = last.emplace(id, worker).first->second;
      if (before.launch_at && worker.launch_at > before.launch_at) {
        ++relaunches;
        EXPECT_EQ(worker.success_count + worker.failed_count, 0U);
        EXPECT_EQ(worker.launch_at, world.now());
        EXPECT_GT(world.now() - before.last_serve_at.value(), 1s);
      } else {
        EXPECT_GE(worker.success_count, before.success_count);
      }
    }
    last = all_workers(fleet);
  }
  EXPECT_EQ(fleet.truth().relaunches, relaunches);
  EXPECT_GT(relaunches, 10U);
}

TEST(Fleet, LosesNoRequestToARelaunch) {
  World world = make_world("steady");
  set_faults(world, {"relaunch=20s"});
  const Fleet& fleet = *world.find(kLlm);
  const auto requests = [&fleet] {
    std::uint64_t sum = fleet.truth().success + fleet.truth().failed + fleet.queue_size();
    for (const Worker& worker : fleet.workers()) {
      sum += worker.request ? 1U : 0U;
    }
    return sum;
  };
  world.advance_to(kStart + 30s);
  while (fleet.queue_size() < 10) {
    world.advance_to(world.now() + kTick);
  }
  world.stop_traffic();
  const std::uint64_t before = requests();
  const std::uint64_t relaunches = fleet.truth().relaunches;
  while (fleet.queue_size() > 0) {
    world.advance_to(world.now() + kTick);
    ASSERT_EQ(requests(), before);
  }
  EXPECT_GT(fleet.truth().relaunches, relaunches);
}

TEST(Fleet, ErrorsMostOfAllOnBadDevices) {
  World world = make_world("demo");
  set_faults(world, {"bad-devices=0.1"});
  world.advance_to(kStart + 2h);
  for (const Fleet& fleet : world.fleets()) {
    std::vector<std::uint64_t> errors;
    for (const auto& [device, count] : fleet.truth().worker_errors_by_device) {
      errors.push_back(count);
    }
    std::sort(errors.rbegin(), errors.rend());
    ASSERT_GT(errors.size(), 3U);
    // Two of twelve are bad.
    EXPECT_GT(errors[1], 2 * errors[2]) << fleet.profile().app.name;
  }
}

TEST(Fleet, ErrorsAsOftenAsTheFaultSays) {
  World world = make_world("steady");
  set_faults(world, {"error=30s"});
  world.advance_to(kStart + 1min);
  EXPECT_GT(world.find(kLlm)->truth().worker_errors, 3U);
  set_faults(world, {"error=0s"});
  const std::uint64_t errors = world.find(kLlm)->truth().worker_errors;
  world.advance_to(world.now() + 1min);
  EXPECT_EQ(world.find(kLlm)->truth().worker_errors, errors);
}

TEST(Fleet, CannotReachTheWorkersOfLostDevices) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  fleet.scale_up(10);
  world.advance_to(kStart + 1min);
  set_faults(world, {"lost-devices=0.5"});
  world.advance_to(world.now() + 1min);
  std::set<std::string> lost;
  std::set<std::string> others;
  for (const Worker& worker : fleet.workers()) {
    const bool is_lost = status_of(worker) == api::WorkerStatus::kUnavailable;
    (is_lost ? lost : others).insert(worker.device_id);
  }
  EXPECT_FALSE(lost.empty());
  EXPECT_FALSE(others.empty());
  for (const std::string& device : lost) {
    EXPECT_FALSE(others.contains(device)) << device;
  }
  set_faults(world, {"lost-devices=0"});
  world.advance_to(world.now() + kTick);
  EXPECT_EQ(fleet.figures().free, 10U);
}

TEST(Fleet, NeverFinishesAStartThatIsStuck) {
  World world = make_world("idle");
  set_faults(world, {"stuck-start=1"});
  Fleet& fleet = *world.find(kWhisper);
  const std::string id = fleet.scale_up(1).at(0);
  world.advance_to(kStart + 1h);
  EXPECT_EQ(status_of(worker_of(fleet, id)), api::WorkerStatus::kPending);
  // It can be removed.
  ASSERT_TRUE(fleet.scale_down({id}, 0));
  world.advance_to(world.now() + 1min);
  EXPECT_EQ(fleet.figures().live, 0U);
}

TEST(Fleet, ErrorsInsteadOfLaunching) {
  World world = make_world("idle");
  set_faults(world, {"failed-start=1"});
  Fleet& fleet = *world.find(kSd);
  fleet.scale_up(3);
  world.advance_to(kStart + 20s);
  EXPECT_EQ(fleet.truth().worker_errors, 3U);
  for (const auto& [id, worker] : all_workers(fleet)) {
    EXPECT_FALSE(worker.launch_at) << id;
  }
}

TEST(Fleet, ReplacesEveryWorkerWhenARevisionBegins) {
  World world = make_world("steady");
  Fleet& fleet = *world.find(kLlm);
  const std::string old = fleet.workers().front().revision;
  world.begin_revisions();
  world.advance_to(kStart + 10min);
  EXPECT_GE(fleet.truth().workers_replaced, 6U);
  for (const Worker& worker : fleet.workers()) {
    EXPECT_NE(worker.revision, old) << worker.id;
  }
}

TEST(Fleet, HasWorkersThatAreGoneWithinSeconds) {
  World world = make_world("steady");
  set_faults(world, {"flash=10s"});
  world.advance_to(kStart + 10min);
  std::size_t flashes = 0;
  for (const Worker& worker : world.find(kSd)->history()) {
    if (worker.deleted_at && *worker.deleted_at - worker.created_at < 5s) {
      ++flashes;
      EXPECT_GE(worker.success_count + worker.failed_count, 1U);
      EXPECT_LE(worker.success_count + worker.failed_count, 3U);
    }
  }
  EXPECT_GT(flashes, 30U);
  EXPECT_LT(flashes, 90U);
}

TEST(Fleet, RemembersEarlierStatesWhileThereAreStaleReads) {
  World world = make_world("churn");
  Fleet& fleet = *world.find(kSd);
  world.advance_to(kStart + 1min);
  EXPECT_TRUE(fleet.past().empty());
  set_faults(world, {"stale-read=0.1", "stale-age=20s"});
  world.advance_to(kStart + 2min);
  EXPECT_EQ(fleet.past().size(), 10U);
  set_faults(world, {"stale-read=0"});
  world.advance_to(kStart + 3min);
  EXPECT_TRUE(fleet.past().empty());
}

TEST(Fleet, KnowsWhichWorkersHadEndedInAnEarlierState) {
  World world = make_world("churn");
  set_faults(world, {"stale-read=1", "stale-age=1m"});
  world.advance_to(kStart + 10min);
  const Fleet& fleet = *world.find(kLlm);
  const FleetState& old = fleet.past().front();
  const std::size_t ended = fleet.history_size(old);
  EXPECT_EQ(fleet.history_size(fleet.state()), fleet.history().size());
  EXPECT_LT(ended, fleet.history().size());
  const auto end_of = [&fleet](std::size_t i) {
    const Worker& worker = fleet.history()[i];
    return worker.deleted_at.value_or(worker.errored_at.value_or(kStart));
  };
  const Timestamp time_of_old = world.now() - 54s;
  EXPECT_LE(end_of(ended - 1), time_of_old);
  EXPECT_GT(end_of(ended), time_of_old - 6s);
}

}  // namespace
}  // namespace everai::simulator
