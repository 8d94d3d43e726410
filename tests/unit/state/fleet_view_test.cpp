#include "state/fleet_view.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace everai::state {
namespace {

constexpr Timestamp kNoon{std::chrono::seconds{1727602800}};

class FleetViewTest : public testing::Test {
 protected:
  api::Worker& add(bool present = true) {
    ids.push_back("worker-" + std::to_string(1000 + ids.size()));
    api::Worker record;
    record.id = ids.back();
    record.status = api::WorkerStatus::kRunning;
    record.detail_status = api::DetailStatus::kBusy;
    fleet.workers.push_back({record, present, present});
    return fleet.workers.back().record;
  }

  Fleet fleet;
  std::deque<std::string> ids;
};

TEST_F(FleetViewTest, SumsWhatPresentWorkersHold) {
  for (const bool present : {true, true, false}) {
    api::Worker& record = add(present);
    record.session_number = 2;
    record.cpus = 4;
    record.memory_mib = 1024;
  }
  const FleetView view = summarize(fleet, false);
  EXPECT_EQ(view.sessions, 4U);
  EXPECT_EQ(view.cpus, 8U);
  EXPECT_EQ(view.memory_bytes, 2ULL << 30U);
  EXPECT_EQ(view.by_state[static_cast<std::size_t>(WorkerState::kBusy)], 2U);
  EXPECT_EQ(view.by_status[static_cast<std::size_t>(api::WorkerStatus::kRunning)], 3U);
}

TEST_F(FleetViewTest, ReadsBothGenerationsOfTheGpuFields) {
  api::Worker& newer = add();
  newer.gpu_model = "A100";
  newer.gpu_num = 2;
  newer.gpu_name = "ignored";
  newer.gpus = 9;
  api::Worker& older = add();
  older.gpu_name = "A100";
  older.gpus = 1;
  add();
  const FleetView view = summarize(fleet, false);
  ASSERT_EQ(view.gpus.size(), 1U) << "a worker without GPUs has no model";
  EXPECT_EQ(view.gpus[0].model, "A100");
  EXPECT_EQ(view.gpus[0].by_state[static_cast<std::size_t>(WorkerState::kBusy)], 3U);
}

TEST_F(FleetViewTest, GoesOnWithWhatOnlyAnEarlierHistoryTold) {
  add();  // in both listings
  fleet.workers.back().live = true;
  add().status = api::WorkerStatus::kError;  // present, in the history alone
  fleet.workers.back().live = false;
  fleet.workers.back().record.app_revision = "r1";
  add(false).status = api::WorkerStatus::kTerminated;
  const HistorySums history = sum_history(fleet);
  const FleetView whole = summarize(fleet, false);
  EXPECT_TRUE(whole.history_known);

  fleet.workers.resize(1);
  fleet.with_history = false;
  FleetView view = summarize(fleet, false);
  EXPECT_FALSE(view.history_known);
  add_history(view, history);

  EXPECT_EQ(view, whole);
}

TEST_F(FleetViewTest, GivesRevisionsOfAnEarlierHistoryNoMorePlacesThanThereAre) {
  std::deque<std::string> revisions;
  fleet.with_history = false;
  for (int i = 0; i < 10; ++i) {
    revisions.push_back("r" + std::to_string(10 + i));
    add().app_revision = revisions.back();
  }
  HistorySums history;
  history.by_revision = {{"a", 1}, {"r11", 2}};
  history.other_revisions = 4;
  FleetView view = summarize(fleet, false);
  add_history(view, history);
  ASSERT_EQ(view.by_revision.size(), kMaxRevisions + 1);
  EXPECT_EQ(view.by_revision[1], (std::pair<std::string, std::uint64_t>("r11", 3)));
  EXPECT_EQ(view.by_revision.back(), (std::pair<std::string, std::uint64_t>("other", 5)));
}

TEST_F(FleetViewTest, ShowsTheTenLargestRevisionsAndTheRestAsOther) {
  std::deque<std::string> revisions;
  for (int i = 0; i < 12; ++i) {
    revisions.push_back("r" + std::to_string(10 + i));
    add().app_revision = revisions.back();
    add().app_revision = revisions.back();
  }
  add().app_revision = "small";
  const FleetView view = summarize(fleet, false);
  ASSERT_EQ(view.by_revision.size(), kMaxRevisions + 1);
  EXPECT_EQ(view.by_revision.front(), (std::pair<std::string, std::uint64_t>("r10", 2)));
  EXPECT_EQ(view.by_revision.back(), (std::pair<std::string, std::uint64_t>("other", 5)));
  EXPECT_EQ(view.revisions_dropped, 3U);
}

TEST_F(FleetViewTest, ShowsTenGpuModelsAndTheRestAsOther) {
  std::deque<std::string> models;
  for (int i = 0; i < 12; ++i) {
    models.push_back("m" + std::to_string(10 + i));
    api::Worker& record = add();
    record.gpu_model = models.back();
    record.gpu_num = 1;
  }
  const FleetView view = summarize(fleet, false);
  ASSERT_EQ(view.gpus.size(), kMaxGpuModels + 1);
  EXPECT_EQ(view.gpus.back().model, "other");
  EXPECT_EQ(view.gpus.back().by_state[static_cast<std::size_t>(WorkerState::kBusy)], 2U);
  EXPECT_EQ(view.gpu_models_dropped, 2U);
}

TEST_F(FleetViewTest, TellsWhichWorkerHasBeenStartingForLongest) {
  EXPECT_EQ(summarize(fleet, false).oldest_starting, std::nullopt);
  for (const int age : {10, 30, 20}) {
    api::Worker& record = add();
    record.status = api::WorkerStatus::kPending;
    record.created_at = kNoon - std::chrono::seconds{age};
  }
  add().created_at = kNoon - std::chrono::hours{1};
  EXPECT_EQ(summarize(fleet, false).oldest_starting, kNoon - std::chrono::seconds{30});
}

TEST_F(FleetViewTest, ShowsSingleWorkersOnlyWhereAskedForAndAtMostFiveHundred) {
  for (int i = 0; i < 510; ++i) {
    add();
  }
  add(false);
  EXPECT_TRUE(summarize(fleet, false).workers.empty());
  const FleetView view = summarize(fleet, true);
  EXPECT_EQ(view.workers.size(), 500U);
  EXPECT_EQ(view.workers_dropped, 10U);
  EXPECT_EQ(view.workers.front().id, "worker-1000");
}

}  // namespace
}  // namespace everai::state
