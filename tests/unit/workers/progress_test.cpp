#include "workers/progress.hpp"

#include <gtest/gtest.h>

#include "unit/workers/look_builder.hpp"

namespace everai::workers {
namespace {

using Ids = std::vector<std::string>;
using Workers = std::vector<SeenWorker>;
using test::look_at;
using test::look_without_history;

constexpr const char* kFleet = R"({"workers": [
  {"id": "busy", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_BUSY"},
  {"id": "free", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_FREE"},
  {"id": "new", "status": "STATUS_PENDING", "detailStatus": "DETAIL_STATUS_IN_FLIGHT"},
  {"id": "rolling", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_ROLLIN"},
  {"id": "broken", "status": "STATUS_ERROR"}]})";
constexpr const char* kEnded = R"({"workers": [{"id": "a", "status": "STATUS_TERMINATED",
    "deletedAt": "2024-09-29T09:59:00Z"}]})";
constexpr const char* kA = R"({"workers": [{"id": "a", "status": "STATUS_RUNNING"}]})";
constexpr const char* kUnreadable =
    R"({"workers": [{"id": "a", "successCount": []}, {"id": "b"}]})";

TEST(NewWorkers, AreToldApartByWhereTheyStand) {
  NewWorkers watch({"busy", "free", "new", "rolling", "broken", "unheard-of"});
  const Progress progress = watch.see(look_at(kFleet));
  EXPECT_EQ(progress.wanted, 6U);
  EXPECT_EQ(progress.done, 2U);
  EXPECT_EQ(progress.failed, 1U);
  EXPECT_EQ(progress.workers, (Workers{{"busy", "busy"},
                                       {"free", "free"},
                                       {"new", "starting"},
                                       {"rolling", "rolling_in"},
                                       {"broken", "error", true},
                                       {"unheard-of", "not_listed"}}));
  EXPECT_EQ(render_progress(progress, "serve"),
            "2 of 6 serve, 1 error, 1 not listed, 1 rolling in, 1 starting");
  EXPECT_FALSE(progress.is_over());
}

TEST(NewWorkers, AreOverWhenAllServeOrFailed) {
  EXPECT_TRUE(NewWorkers({"busy", "broken"}).see(look_at(kFleet)).is_over());
}

TEST(NewWorkers, HaveFailedAtThePlatformsWord) {
  const Progress progress = NewWorkers({"a"}).see(look_at("{}", kEnded));
  EXPECT_EQ(progress.failed, 1U);
  EXPECT_EQ(progress.workers, (Workers{{"a", "ended", true}}));
}

TEST(NewWorkers, AreInErrorAlsoIfTheirRecordHasEnded) {
  const Progress progress = NewWorkers({"a"}).see(look_at("{}", R"({"workers": [{"id": "a",
      "status": "STATUS_ERROR", "deletedAt": "2024-09-29T09:59:00Z"}]})"));
  EXPECT_EQ(progress.workers, (Workers{{"a", "error", true}}));
}

TEST(NewWorkers, HaveFailedWhenTheyLeave) {
  const Progress progress = NewWorkers({"a"}).see(
      look_at(R"({"workers": [{"id": "a", "status": "STATUS_TERMINATING"}]})"));
  EXPECT_EQ(progress.workers, (Workers{{"a", "removing", true}}));
}

TEST(NewWorkers, HaveFailedWhenThreeCompleteLooksLackThem) {
  NewWorkers watch({"a"});
  EXPECT_EQ(watch.see(look_at(kA)).failed, 0U);
  EXPECT_EQ(watch.see(look_at("{}")).workers, (Workers{{"a", "missing"}}));
  EXPECT_EQ(watch.see(look_at("{}")).failed, 0U);
  EXPECT_EQ(watch.see(look_at("{}")).workers, (Workers{{"a", "gone", true}}));
  EXPECT_EQ(watch.see(look_at("{}")).failed, 1U);
}

TEST(NewWorkers, AreThereAgainAfterALookThatLackedThem) {
  NewWorkers watch({"a"});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(watch.see(look_at(kA)).failed, 0U);
    EXPECT_EQ(watch.see(look_at("{}")).failed, 0U);
    EXPECT_EQ(watch.see(look_at("{}")).failed, 0U);
  }
}

TEST(NewWorkers, ThatWereNeverListedAreWaitedFor) {
  NewWorkers watch({"a"});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(watch.see(look_at("{}")).workers, (Workers{{"a", "not_listed"}}));
  }
}

/// A look that cannot tell that a worker is gone.
class IncompleteLook : public testing::TestWithParam<Look (*)()> {};

TEST_P(IncompleteLook, MakesNoWorkerGone) {
  NewWorkers added({"a"});
  LeavingWorkers removed({"a"}, 1);
  EXPECT_FALSE(added.see(look_at(kA)).is_over());
  EXPECT_FALSE(removed.see(look_at(kA)).is_over());
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(added.see(GetParam()()).is_over());
    EXPECT_FALSE(removed.see(GetParam()()).is_over());
  }
}

INSTANTIATE_TEST_SUITE_P(Looks, IncompleteLook,
                         testing::Values([] { return look_without_history("{}"); },
                                         [] { return look_at(kUnreadable, "{}"); },
                                         [] { return look_at("{}", kUnreadable); },
                                         [] {
                                           Look look = look_at("{}");
                                           look.full_page = true;
                                           return look;
                                         },
                                         [] {
                                           Look look = look_at("{}");
                                           look.cut = "it may lack workers";
                                           return look;
                                         }));

TEST(LeavingWorkers, AreGoneAtThePlatformsWordOrAfterThreeLooks) {
  LeavingWorkers watch({"a", "busy", "free"}, 3);
  EXPECT_EQ(watch.see(look_at(kFleet, kEnded)).done, 1U) << "the platform says that a has ended";
  EXPECT_EQ(watch.see(look_at("{}", kEnded)).done, 1U);
  EXPECT_EQ(watch.see(look_at("{}", kEnded)).done, 1U);
  const Progress progress = watch.see(look_at("{}", kEnded));
  EXPECT_EQ(progress.done, 3U);
  EXPECT_TRUE(progress.is_over());
  EXPECT_EQ(render_progress(progress, "gone"), "3 of 3 gone");
}

TEST(LeavingWorkers, AreThoseThatLeaveIfThePlatformChose) {
  constexpr const char* kLeaving = R"({"workers": [
      {"id": "a", "status": "STATUS_TERMINATING"},
      {"id": "b", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_REMOVE"},
      {"id": "c", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_FREE"}]})";
  LeavingWorkers watch({"a", "b", "c"}, 2);
  const Progress progress = watch.see(look_at(kLeaving));
  EXPECT_EQ(progress.workers, (Workers{{"a", "removing"}, {"b", "removing"}}));
  EXPECT_EQ(render_progress(progress, "gone"), "0 of 2 gone, 2 removing");
}

TEST(LeavingWorkers, CannotBeMoreThanThereWere) {
  LeavingWorkers watch({"a"}, 5);
  const Progress progress = watch.see(look_at("{}", kEnded));
  EXPECT_EQ(progress.done, 1U);
  EXPECT_EQ(progress.failed, 4U);
  EXPECT_TRUE(progress.is_over());
}

TEST(FindWorker, FindsEachById) {
  const Look look = look_at(kFleet);
  for (const char* id : {"broken", "busy", "free", "new", "rolling"}) {
    ASSERT_NE(find_worker(look.fleet, id), nullptr) << id;
    EXPECT_EQ(find_worker(look.fleet, id)->record.id, id);
  }
  EXPECT_EQ(find_worker(look.fleet, "bus"), nullptr);
  EXPECT_EQ(find_worker(look.fleet, "zzz"), nullptr);
}

}  // namespace
}  // namespace everai::workers
