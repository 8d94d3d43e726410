#include "simulator/api_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

const api::AppRef kWhisper{"team-b", "whisper"};

Json listing_of(const Fleet& fleet, Timestamp now, const ListingQuery& query = {},
                Int64Form form = Int64Form::kNumber) {
  return Json::parse(render_listing(fleet, query, now, form));
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    keys.push_back(key);
  }
  return keys;
}

bool is_errored(const Json& worker) {
  return worker.contains("status") && worker["status"] == "STATUS_ERROR";
}

TEST(RenderListing, LeavesOutEverythingThatIsZero) {
  World world = make_world("idle");
  EXPECT_EQ(render_listing(*world.find(kWhisper), {}, world.now(), Int64Form::kNumber),
            R"({"queueName":"team-b-whisper"})");
  EXPECT_EQ(render_listing(*world.find({"default", "sd"}), {}, world.now(), Int64Form::kNumber),
            R"({"queueName":"default-sd","maxWorkers":12})");
}

TEST(RenderListing, LeavesOutTheZerosOfAWorker) {
  World world = make_world("idle");
  world.find(kWhisper)->scale_up(1);
  const Json listing = listing_of(*world.find(kWhisper), world.now());
  const std::vector<std::string> wanted{"CPUs",         "GPUName",     "GPUs",
                                        "appId",        "appRevision", "createdAt",
                                        "detailStatus", "deviceId",    "devicePublicAddress",
                                        "gpuModel",     "gpuNum",      "id",
                                        "memory",       "requestId",   "userId"};
  EXPECT_EQ(keys_of(listing["workers"][0]), wanted);
  EXPECT_EQ(listing["lastScaleUpTime"], "2024-09-29T09:35:18Z");
}

TEST(RenderListing, WritesAWorkerThatHasServed) {
  World world = make_world("steady");
  const Json worker = listing_of(*world.find({"default", "llm"}), world.now())["workers"][0];
  EXPECT_EQ(worker["status"], "STATUS_RUNNING");
  EXPECT_EQ(worker["detailStatus"], "DETAIL_STATUS_FREE");
  EXPECT_EQ(worker["gpuModel"], "NVIDIA H100 80GB");
  EXPECT_EQ(worker["gpuNum"], 2);
  EXPECT_EQ(worker["CPUs"], 16);
  EXPECT_EQ(worker["memory"], 131072);
  EXPECT_TRUE(worker["successCount"].is_number_unsigned());
  EXPECT_TRUE(worker.contains("launchAt"));
  EXPECT_FALSE(worker.contains("deletedAt"));
}

TEST(RenderListing, WritesCountsAsStringsIfAsked) {
  World world = make_world("steady");
  const Fleet& fleet = *world.find({"default", "sd"});
  const Json listing = listing_of(fleet, world.now(), {}, Int64Form::kString);
  EXPECT_EQ(listing["workers"][0]["successCount"],
            std::to_string(fleet.workers().front().success_count));
  EXPECT_EQ(listing["workers"][0]["memory"], "32768");
  EXPECT_EQ(listing["maxWorkers"], "12");
}

TEST(RenderListing, HidesDeletedAndErroredWorkersUnlessAskedForAll) {
  World world = make_world("churn");
  world.advance_to(kStart + 1h);
  for (const Fleet& fleet : world.fleets()) {
    std::size_t errored = 0;
    std::size_t deleted = 0;
    const Json live = listing_of(fleet, world.now());
    for (const Json& worker : live["workers"]) {
      EXPECT_FALSE(is_errored(worker));
      EXPECT_FALSE(worker.contains("deletedAt"));
    }
    const Json history = listing_of(fleet, world.now(), {.show_all = true});
    for (const Json& worker : history["workers"]) {
      errored += is_errored(worker) ? 1U : 0U;
      deleted += worker.contains("deletedAt") ? 1U : 0U;
    }
    EXPECT_EQ(live["workers"].size(), fleet.figures().live);
    EXPECT_EQ(history["workers"].size(), all_workers(fleet).size());
    EXPECT_GT(errored, 0U);
    EXPECT_GT(deleted, 0U);
  }
}

TEST(RenderListing, ShowsTheEndedOfTheLastDaysOnly) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  const auto ids = fleet.scale_up(2);
  ASSERT_TRUE(fleet.scale_down({ids[0]}, 0));
  world.advance_to(kStart + 47h);
  EXPECT_EQ(listing_of(fleet, world.now(), {.show_all = true})["workers"].size(), 2U);
  EXPECT_EQ(listing_of(fleet, world.now(), {.show_all = true, .recent_days = 1})["workers"].size(),
            1U);
  EXPECT_EQ(listing_of(fleet, world.now(), {.show_all = true, .recent_days = UINT64_MAX})["workers"]
                .size(),
            2U);
}

TEST(RenderError, FollowsTheHttpStatusWithItsGrpcCode) {
  EXPECT_EQ(render_error(404, "app \"x\" not found"),
            R"({"code":5,"message":"app \"x\" not found","details":[]})");
  EXPECT_EQ(Json::parse(render_error(400, ""))["code"], 3);
  EXPECT_EQ(Json::parse(render_error(401, ""))["code"], 16);
  EXPECT_EQ(Json::parse(render_error(403, ""))["code"], 7);
  EXPECT_EQ(Json::parse(render_error(501, ""))["code"], 12);
  EXPECT_EQ(Json::parse(render_error(500, ""))["code"], 13);
}

TEST(RenderError, SurvivesForeignBytes) {
  EXPECT_TRUE(Json::accept(render_error(404, "\xff\xfe")));
}

TEST(ParseScaleRequest, ReadsTheCountAsStringOrNumber) {
  EXPECT_EQ(parse_scale_request(R"({"scaleUpWorkersNum":"2"})", "scaleUpWorkersNum")->count, 2U);
  EXPECT_EQ(parse_scale_request(R"({"scaleUpWorkersNum":3})", "scaleUpWorkersNum")->count, 3U);
}

TEST(ParseScaleRequest, TakesNothingAsNotGiven) {
  for (const char* body : {"", "{}", R"({"n":null,"workerIds":null})"}) {
    const auto request = parse_scale_request(body, "n");
    ASSERT_TRUE(request) << body;
    EXPECT_EQ(request->count, std::nullopt);
    EXPECT_TRUE(request->worker_ids.empty());
  }
}

TEST(ParseScaleRequest, ReadsWorkerIds) {
  const auto request = parse_scale_request(R"({"n":"1","workerIds":["a","b"]})", "n");
  EXPECT_EQ(request->worker_ids, (std::vector<std::string>{"a", "b"}));
}

TEST(ParseScaleRequest, RefusesWhatIsNoSuchRequest) {
  for (const char* body :
       {"[]", "x", R"({"n":"0"})", R"({"n":"-1"})", R"({"n":-1})", R"({"n":1.5})", R"({"n":"2x"})",
        R"({"n":true})", R"({"n":1001})", R"({"workerIds":"a"})", R"({"workerIds":[1]})"}) {
    EXPECT_FALSE(parse_scale_request(body, "n")) << body;
  }
}

TEST(RenderListing, ShiftsEveryTimeByTheSkewOfTheClock) {
  World world = make_world("idle");
  Fleet& fleet = *world.find(kWhisper);
  fleet.scale_up(1);
  const Json listing = Json::parse(
      render_listing(fleet, fleet.state(), {}, world.now(), Int64Form::kNumber, -1500ms));
  EXPECT_EQ(listing["lastScaleUpTime"], "2024-09-29T09:35:16.500Z");
  EXPECT_EQ(listing["workers"][0]["createdAt"], "2024-09-29T09:35:16.500Z");
}

TEST(RenderTruth, TellsEveryApp) {
  const World world = make_world("idle");
  const Json truth = Json::parse(render_truth(world, true));
  EXPECT_EQ(truth["time"], "2024-09-29T09:35:18.000Z");
  EXPECT_EQ(truth["running"], true);
  EXPECT_EQ(truth["apps"].size(), 3U);
  EXPECT_EQ(truth["apps"][2],
            Json::parse(R"({"namespace":"team-b","name":"whisper","success":0,"failed":0,
                            "workers_created":0,"workers_deleted":0,"workers_replaced":0,
                            "workers_live":0,"worker_errors":0,"relaunches":0,
                            "scale_calls":0,"scaled_up":0,"scaled_down":0,
                            "revisions":{},"device_errors":{}})"));
}

TEST(RenderTruth, TellsRequestsByRevisionAndErrorsByDevice) {
  World world = make_world("churn");
  world.advance_to(kStart + 10min);
  const Json app = Json::parse(render_truth(world, true))["apps"][0];
  std::uint64_t success = 0;
  std::uint64_t errors = 0;
  for (const Json& served : app["revisions"]) {
    success += served["success"].get<std::uint64_t>();
  }
  for (const Json& count : app["device_errors"]) {
    errors += count.get<std::uint64_t>();
  }
  EXPECT_GT(app["revisions"].size(), 1U);
  EXPECT_EQ(app["success"], success);
  EXPECT_EQ(app["worker_errors"], errors);
}

}  // namespace
}  // namespace everai::simulator
