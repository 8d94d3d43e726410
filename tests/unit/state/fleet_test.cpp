#include "state/fleet.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

constexpr Timestamp kNoon{std::chrono::hours{480000}};

api::Worker worker(std::string_view id, api::WorkerStatus status = api::WorkerStatus::kRunning,
                   std::uint64_t success = 0) {
  api::Worker result;
  result.id = id;
  result.status = status;
  result.success_count = success;
  return result;
}

api::Listing listing(std::vector<api::Worker> workers) {
  api::Listing result;
  result.workers = std::move(workers);
  return result;
}

TEST(MergeListings, TakesTheHistorysFieldsWhereBothHaveAWorker) {
  const api::Listing live = listing({worker("b", api::WorkerStatus::kRunning, 5)});
  const api::Listing history = listing({worker("b", api::WorkerStatus::kRunning, 6)});

  const Fleet fleet = merge_listings(live, &history);

  ASSERT_EQ(fleet.workers.size(), 1U);
  EXPECT_EQ(fleet.workers[0].record.success_count, 6U);
  EXPECT_TRUE(fleet.workers[0].present);
}

TEST(MergeListings, SortsByIdAndKeepsEachOnce) {
  const api::Listing live = listing({worker("c"), worker("a")});
  const api::Listing history = listing({worker("d"), worker("b"), worker("a")});

  const Fleet fleet = merge_listings(live, &history);

  std::string ids;
  for (const FleetWorker& each : fleet.workers) {
    ids += each.record.id;
  }
  EXPECT_EQ(ids, "abcd");
}

TEST(MergeListings, AWorkerOfTheLiveListingIsPresentEvenIfJustDeleted) {
  api::Worker gone = worker("a", api::WorkerStatus::kTerminated);
  gone.deleted_at = kNoon;

  const api::Listing live = listing({worker("a")});
  const api::Listing history = listing({gone});

  EXPECT_TRUE(merge_listings(live, &history).workers[0].present);
}

TEST(MergeListings, AWorkerOfTheHistoryAloneIsPresentUnlessDeletedOrTerminated) {
  api::Worker deleted = worker("deleted", api::WorkerStatus::kError);
  deleted.deleted_at = kNoon;
  const api::Listing live = listing({});
  const api::Listing history = listing({deleted, worker("errored", api::WorkerStatus::kError),
                                        worker("over", api::WorkerStatus::kTerminated)});

  const Fleet fleet = merge_listings(live, &history);

  EXPECT_FALSE(fleet.workers[0].present) << "deleted";
  EXPECT_TRUE(fleet.workers[1].present) << "errored, hidden from the live listing";
  EXPECT_FALSE(fleet.workers[2].present) << "terminated";
}

TEST(MergeListings, IsWhatTheLiveListingShowsWithoutAHistory) {
  api::Listing live = listing({worker("b"), worker("a", api::WorkerStatus::kTerminated)});
  live.queue_size = 3;

  const Fleet fleet = merge_listings(live, nullptr);

  EXPECT_FALSE(fleet.with_history);
  ASSERT_EQ(fleet.workers.size(), 2U);
  EXPECT_EQ(fleet.workers[0].record.id, "a");
  EXPECT_TRUE(fleet.workers[0].present && fleet.workers[0].live);
  EXPECT_EQ(fleet.queue_size, 3U);
  EXPECT_TRUE(merge_listings(live, &live).with_history);
}

TEST(MergeListings, TakesTheAppsFactsFromTheLiveListingAndFillsInTheRest) {
  api::Listing live = listing({});
  live.queue_size = 3;
  live.last_scale_up = kNoon;
  api::Listing history = listing({});
  history.queue_size = 4;
  history.queue_name = "q";
  history.max_workers = 7;

  const Fleet fleet = merge_listings(live, &history);

  EXPECT_EQ(fleet.queue_size, 3U);
  EXPECT_EQ(fleet.queue_name, "q");
  EXPECT_EQ(fleet.max_workers, 7U);
  EXPECT_EQ(fleet.last_scale_up, kNoon);
  EXPECT_EQ(fleet.last_scale_down_delete, std::nullopt);
}

}  // namespace
}  // namespace everai::state
