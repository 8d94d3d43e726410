#include "workers/plan.hpp"

#include <gtest/gtest.h>

#include "unit/workers/look_builder.hpp"

namespace everai::workers {
namespace {

using Ids = std::vector<std::string>;
using test::look_at;
using test::look_without_history;

constexpr const char* kLive = R"({"workers": [
  {"id": "busy", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_BUSY"},
  {"id": "lost", "status": "STATUS_UNAVAILABLE"},
  {"id": "new", "status": "STATUS_PENDING"},
  {"id": "odd", "status": "STATUS_OF_LATER"},
  {"id": "going", "status": "STATUS_TERMINATING"},
  {"id": "leaving", "status": "STATUS_RUNNING", "detailStatus": "DETAIL_STATUS_REMOVE"}]})";
constexpr const char* kHistory = R"({"workers": [{"id": "broken", "status": "STATUS_ERROR"},
  {"id": "ended", "status": "STATUS_TERMINATED", "deletedAt": "2024-09-29T09:59:00Z"}]})";

std::string workers(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += (i == 0 ? R"({"id": ")" : R"(,{"id": ")") + std::to_string(i) + "\"}";
  }
  return R"({"workers": [)" + text + "]}";
}

std::string doubt(const Look& look) {
  const std::optional<Error> error = doubt_of_count(look);
  return error ? error->message : "";
}

TEST(ServingIds, AreThoseThatServeOrWill) {
  const Look look = look_at(kLive, kHistory);
  EXPECT_EQ(serving_ids(look.fleet), (Ids{"busy", "new", "odd"}));
  EXPECT_EQ(count_present(look.fleet), 7U);
}

TEST(RemovableIds, AreThoseThatAreNotLeavingAlready) {
  EXPECT_EQ(removable_ids(look_at(kLive, kHistory).fleet),
            (Ids{"broken", "busy", "lost", "new", "odd"}));
}

TEST(IsMuch, IsAboveTenAndTwiceWhatIsThere) {
  EXPECT_FALSE(is_much(10, 0));
  EXPECT_TRUE(is_much(11, 0));
  EXPECT_TRUE(is_much(11, 5));
  EXPECT_FALSE(is_much(11, 6));
  EXPECT_FALSE(is_much(200, 100));
  EXPECT_TRUE(is_much(201, 100));
}

TEST(DoubtOfCount, IsNoneOfAListingThatHasAll) {
  EXPECT_EQ(doubt(look_at(kLive, kHistory)), "");
  EXPECT_EQ(doubt(look_without_history(kLive)), "");
  EXPECT_EQ(doubt(look_at("{}")), "");
  EXPECT_EQ(doubt(look_at(kLive, R"({"workers": [{"id": "x", "status": []}, {"id": "y"}]})")), "")
      << "an old record";
}

TEST(DoubtOfCount, IsAboutWhatMayBeMissing) {
  const std::string begin = "it is not known how many workers there are: ";
  EXPECT_EQ(doubt(look_at(R"({"workers": [{"id": "x", "status": []}, {"id": "y"}]})", "{}")),
            begin + "1 worker cannot be read");
  Look cut = look_at(kLive);
  cut.cut = "it may lack workers: hasMore names a next page";
  EXPECT_EQ(doubt(cut), begin + cut.cut);
}

TEST(DoubtOfCount, IsAboutAFullPage) {
  EXPECT_EQ(doubt(look_at(workers(49))), "");
  EXPECT_EQ(doubt(look_at(workers(50))),
            "it is not known how many workers there are: 50 are listed, which may be one page of "
            "more");
  EXPECT_NE(doubt(look_at(workers(200))), "");
  EXPECT_NE(doubt(look_without_history(workers(100))), "");
  EXPECT_EQ(doubt(look_at(workers(50), workers(51))), "") << "it lists more elsewhere";
}

TEST(CheckWorkers, TakesThoseThatAreThere) {
  EXPECT_TRUE(check_workers({"busy", "broken", "going"}, look_at(kLive, kHistory)));
  EXPECT_TRUE(check_workers({"busy"}, look_without_history(kLive)));
}

TEST(CheckWorkers, RefusesThoseThatAreNot) {
  const auto why = [](const Ids& ids, const Look& look) {
    return check_workers(ids, look).error();
  };
  const Look look = look_at(kLive, kHistory);
  EXPECT_EQ(why({"busy", "typo"}, look).message, "worker typo is not listed");
  EXPECT_EQ(why({"busy,new"}, look).message, "worker busy,new is not listed");
  EXPECT_EQ(why({"ended"}, look).message, "worker ended has ended");
  EXPECT_EQ(why({"ended"}, look).code, ErrorCode::kNotFound);
}

TEST(CheckWorkers, RefusesWhatALookCannotTell) {
  const Error unknown = check_workers({"broken"}, look_without_history(kLive)).error();
  EXPECT_EQ(unknown.code, ErrorCode::kServerError);
  EXPECT_EQ(unknown.message,
            "worker broken is not listed, and those in error are not known: GET workers (history): "
            "status 500");
  Look cut = look_at(kLive);
  cut.cut = "it names a next page";
  const Error beyond = check_workers({"zz"}, cut).error();
  EXPECT_EQ(beyond.code, ErrorCode::kPayload);
  EXPECT_EQ(beyond.message, "worker zz is not listed, and it is not known whether all are listed");
}

TEST(CheckRemovable, RefusesMoreThanThereAre) {
  EXPECT_TRUE(check_removable(5, look_at(kLive, kHistory)));
  const Error few = check_removable(6, look_at(kLive, kHistory)).error();
  EXPECT_EQ(few.code, ErrorCode::kNotFound);
  EXPECT_EQ(few.message, "5 workers can be removed, not 6");
  EXPECT_EQ(check_removable(6, look_without_history(kLive)).error().code, ErrorCode::kServerError);
  Look page = look_at(kLive);
  page.full_page = true;
  EXPECT_EQ(check_removable(6, page).error().code, ErrorCode::kPayload);
}

TEST(GapsOf, NamesWhatALookDoesNotShow) {
  EXPECT_TRUE(gaps_of(look_at(kLive, kHistory)).empty());
  EXPECT_EQ(gaps_of(look_without_history(kLive)),
            Ids{"GET workers (history): status 500; workers in error and those that ended are not "
                "shown"});
  Look cut = look_at(R"({"workers": [{}, {"id": "y"}]})", "{}");
  cut.cut = "GET workers (live): it may lack workers: hasMore names a next page";
  EXPECT_EQ(gaps_of(cut),
            (Ids{"GET workers (live): 1 worker left out that cannot be read: no id", cut.cut}));
}

}  // namespace
}  // namespace everai::workers
