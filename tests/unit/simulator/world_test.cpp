#include "simulator/world.hpp"

#include <gtest/gtest.h>

#include <set>

#include "simulator/api_json.hpp"
#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

std::string history_of(const World& world) {
  std::string text;
  for (const Fleet& fleet : world.fleets()) {
    text += render_listing(fleet, {.show_all = true}, world.now(), Int64Form::kNumber);
  }
  return text;
}

TEST(World, IsTheSameForTheSameSeed) {
  World one = make_world("churn");
  World two = make_world("churn");
  one.advance_to(kStart + 10min);
  two.advance_to(kStart + 10min);
  EXPECT_EQ(history_of(one), history_of(two));
}

TEST(World, IsTheSameHoweverOftenItIsAdvanced) {
  World one = make_world("churn");
  World two = make_world("churn");
  one.advance_to(kStart + 5min);
  for (auto time = kStart; time <= kStart + 5min; time += 333ms) {
    two.advance_to(time);
  }
  two.advance_to(kStart + 5min);
  EXPECT_EQ(history_of(one), history_of(two));
}

TEST(World, DiffersForAnotherSeed) {
  World one = make_world("churn", 1);
  World two = make_world("churn", 2);
  EXPECT_NE(history_of(one), history_of(two));
}

TEST(World, DoesNotGoBack) {
  World world = make_world("churn");
  world.advance_to(kStart + 1min);
  world.advance_to(kStart);
  EXPECT_EQ(world.now(), kStart + 1min);
}

TEST(World, FindsAnAppByBothItsNames) {
  World world = make_world("steady");
  ASSERT_NE(world.find({"default", "sd"}), nullptr);
  EXPECT_EQ(world.find({"default", "sd"})->profile().app.name, "sd");
  EXPECT_EQ(world.find({"team-b", "sd"}), nullptr);
}

TEST(World, TruthIsWhatBecameOfAllWorkersSinceTheStart) {
  World world = make_world("churn");
  std::vector<std::map<std::string, Worker>> before;
  for (const Fleet& fleet : world.fleets()) {
    before.push_back(all_workers(fleet));
  }
  world.advance_to(kStart + 1h);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Fleet& fleet = world.fleets()[i];
    Truth sum;
    for (const auto& [id, worker] : all_workers(fleet)) {
      const auto old = before[i].find(id);
      const bool is_new = old == before[i].end();
      const std::uint64_t success = worker.success_count - (is_new ? 0 : old->second.success_count);
      const std::uint64_t failed = worker.failed_count - (is_new ? 0 : old->second.failed_count);
      sum.success += success;
      sum.failed += failed;
      if (success + failed > 0) {
        sum.served_by_revision[worker.revision].success += success;
        sum.served_by_revision[worker.revision].failed += failed;
      }
      sum.workers_created += is_new ? 1U : 0U;
      sum.workers_deleted += worker.deleted_at ? 1U : 0U;
      sum.workers_replaced += worker.replaces.empty() ? 0U : 1U;
      if (worker.errored_at) {
        ++sum.worker_errors;
        ++sum.worker_errors_by_device[worker.device_id];
      }
    }
    EXPECT_EQ(sum, fleet.truth());
    EXPECT_GT(sum.success, 1000U);
    EXPECT_GT(sum.failed, 0U);
    EXPECT_GT(sum.worker_errors, 0U);
    EXPECT_GT(sum.workers_replaced, 0U);
  }
}

TEST(World, CountsOfAWorkerNeverFall) {
  World world = make_world("churn");
  std::map<std::string, Worker> seen;
  for (auto time = kStart; time < kStart + 10min; time += 500ms) {
    world.advance_to(time);
    for (const Fleet& fleet : world.fleets()) {
      for (const auto& [id, worker] : all_workers(fleet)) {
        const Worker& last = seen.emplace(id, worker).first->second;
        ASSERT_GE(worker.success_count, last.success_count) << id;
        ASSERT_GE(worker.failed_count, last.failed_count) << id;
        seen[id] = worker;
      }
    }
  }
}

TEST(World, ShowsEveryStatusWithinAnHourOfChurn) {
  World world = make_world("churn");
  std::set<api::WorkerStatus> statuses;
  std::set<api::DetailStatus> details;
  for (auto time = kStart; time < kStart + 1h; time += 100ms) {
    world.advance_to(time);
    for (const Fleet& fleet : world.fleets()) {
      for (const Worker& worker : fleet.workers()) {
        statuses.insert(status_of(worker));
        details.insert(detail_status_of(worker));
      }
    }
  }
  for (const Worker& worker : world.fleets().front().history()) {
    statuses.insert(status_of(worker));
  }
  EXPECT_EQ(statuses.size(), api::kWorkerStatusCount - 1);
  EXPECT_EQ(details.size(), api::kDetailStatusCount - 1);
}

TEST(World, StaysWithinMaxWorkersAndServesItsQueue) {
  for (const char* scenario : {"churn", "demo", "steady"}) {
    World world = make_world(scenario);
    std::vector<bool> queue_was_empty(world.fleets().size());
    for (auto time = kStart + 30min; time < kStart + 1h; time += 1s) {
      world.advance_to(time);
      for (std::size_t i = 0; i < world.fleets().size(); ++i) {
        const Fleet& fleet = world.fleets()[i];
        ASSERT_LE(fleet.figures().live, fleet.profile().rules.max_workers) << scenario;
        ASSERT_LT(fleet.queue_size(), 200U) << scenario;
        queue_was_empty[i] = queue_was_empty[i] || fleet.queue_size() == 0;
      }
    }
    EXPECT_EQ(queue_was_empty, std::vector<bool>(world.fleets().size(), true)) << scenario;
  }
}

TEST(World, RollsOutNewRevisionsWorkerByWorker) {
  World world = make_world("churn");
  world.advance_to(kStart + 30min);
  const auto workers = all_workers(world.fleets().front());
  std::size_t replaced = 0;
  for (const auto& [id, worker] : workers) {
    if (!worker.replaces.empty()) {
      ++replaced;
      ASSERT_TRUE(workers.contains(worker.replaces));
      EXPECT_NE(workers.at(worker.replaces).revision, worker.revision);
    }
  }
  EXPECT_GT(replaced, 3U);
}

TEST(World, HasSeveralRevisionsAtATimeInChurn) {
  World world = make_world("churn");
  std::map<std::string, std::size_t> most;
  for (auto time = kStart; time < kStart + 30min; time += 1s) {
    world.advance_to(time);
    for (const Fleet& fleet : world.fleets()) {
      std::set<std::string> revisions;
      for (const Worker& worker : fleet.workers()) {
        revisions.insert(worker.revision);
      }
      std::size_t& of_app = most[fleet.profile().app.name];
      of_app = std::max(of_app, revisions.size());
    }
  }
  EXPECT_GE(most["sd"], 3U);
  EXPECT_GE(most["llm"], 3U);
  EXPECT_GE(most["whisper"], 3U);
}

TEST(World, BeginsWithWorkersThatServedUnlessItIsCold) {
  const World warm = make_world("steady");
  EXPECT_EQ(warm.fleets().front().figures().live, 4U);
  EXPECT_GT(warm.fleets().front().workers().front().success_count, 0U);
  EXPECT_EQ(warm.fleets().front().truth(), Truth{});
  const World cold = make_world("steady", 1, false);
  EXPECT_TRUE(cold.fleets().front().workers().empty());
}

TEST(World, StaysEmptyWhenIdle) {
  World world = make_world("idle");
  world.advance_to(kStart + 1h);
  for (const Fleet& fleet : world.fleets()) {
    EXPECT_TRUE(all_workers(fleet).empty());
    EXPECT_EQ(fleet.queue_size(), 0U);
  }
}

TEST(World, ServesWhatWaitsOnceTrafficHasStopped) {
  World world = make_world("churn");
  world.advance_to(kStart + 5min);
  world.stop_traffic();
  world.advance_to(kStart + 10min);
  std::vector<Truth> truths;
  for (const Fleet& fleet : world.fleets()) {
    EXPECT_EQ(fleet.queue_size(), 0U);
    truths.push_back(fleet.truth());
  }
  world.advance_to(kStart + 15min);
  for (std::size_t i = 0; i < truths.size(); ++i) {
    EXPECT_EQ(world.fleets()[i].truth().success, truths[i].success);
    EXPECT_EQ(world.fleets()[i].truth().failed, truths[i].failed);
  }
}

}  // namespace
}  // namespace everai::simulator
