#include "workers/progress.hpp"

#include <gtest/gtest.h>

#include "unit/workers/look_builder.hpp"

namespace everai::workers {
namespace {

using Ids = std::vector<std::string>;
using test::look_at;

constexpr const char* kFleet = R"({"workers": [
  {"id": "busy", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_BUSY"},
  {"id": "free", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_FREE"},
  {"id": "new", "status": "STATUS_PENDING", "detailStatus": "DETAIL_STATUS_IN_FLIGHT"},
  {"id": "rolling", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_ROLLIN"},
  {"id": "broken", "status": "STATUS_ERROR"}]})";

TEST(JudgeNewWorkers, TellsWhereEachStands) {
  const Look look = look_at(kFleet);
  Ids seen;
  const Progress progress = judge_new_workers(
      {"busy", "free", "new", "rolling", "broken", "unheard-of"}, look.fleet, seen);
  EXPECT_EQ(progress.wanted, 6U);
  EXPECT_EQ(progress.done, 2U);
  EXPECT_EQ(progress.failed, Ids{"broken"});
  EXPECT_EQ(progress.details, "1 not listed yet, 1 rolling_in, 1 starting");
  EXPECT_FALSE(progress.is_over());
  EXPECT_EQ(seen, (Ids{"busy", "free", "new", "rolling", "broken"}));
}

TEST(JudgeNewWorkers, IsOverWhenAllServeOrFailed) {
  const Look look = look_at(kFleet);
  Ids seen;
  EXPECT_TRUE(judge_new_workers({"busy", "broken"}, look.fleet, seen).is_over());
}

TEST(JudgeNewWorkers, FailsAWorkerThatWasThereAndIsGone) {
  const Look before = look_at(kFleet);
  const Look after = look_at(R"({"workers": []})");
  Ids seen;
  EXPECT_TRUE(judge_new_workers({"new"}, before.fleet, seen).failed.empty());
  EXPECT_EQ(judge_new_workers({"new"}, after.fleet, seen).failed, Ids{"new"});
}

TEST(JudgeNewWorkers, FailsAWorkerThatEnded) {
  const Look look = look_at("{}", R"({"workers": [{"id": "a", "status": "STATUS_TERMINATED",
      "deletedAt": "2024-09-29T09:59:00Z"}]})");
  Ids seen;
  EXPECT_EQ(judge_new_workers({"a"}, look.fleet, seen).failed, Ids{"a"});
}

TEST(JudgeRemoval, CountsThoseOfBeforeThatAreGone) {
  const Look look = look_at(kFleet);
  const Progress progress = judge_removal({"busy", "gone", "free"}, 2, look.fleet);
  EXPECT_EQ(progress.wanted, 2U);
  EXPECT_EQ(progress.done, 1U);
  EXPECT_FALSE(progress.is_over());
  EXPECT_TRUE(judge_removal({"gone", "away", "busy"}, 2, look.fleet).is_over());
}

TEST(JudgeRemoval, DoesNotWaitForMoreThanThereWere) {
  const Look look = look_at("{}");
  const Progress progress = judge_removal({"gone"}, 5, look.fleet);
  EXPECT_EQ(progress.wanted, 1U);
  EXPECT_EQ(progress.done, 1U);
  EXPECT_TRUE(progress.is_over());
}

TEST(PresentIds, AreThoseThatAreThere) {
  const Look look = look_at(R"({"workers": [{"id": "a"}]})", R"({"workers": [{"id": "a"},
      {"id": "b", "deletedAt": "2024-09-29T09:59:00Z"}, {"id": "c", "status": "STATUS_ERROR"}]})");
  EXPECT_EQ(present_ids(look.fleet), (Ids{"a", "c"}));
}

}  // namespace
}  // namespace everai::workers
