#include "simulator/fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace everai::simulator
