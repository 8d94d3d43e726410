#include "simulator/platform.hpp"

#include <gtest/gtest.h>

#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

const std::string kWorkers = "/api/apps/v1/namespaces/default/apps/sd/workers";

PlatformOptions options_of(std::vector<api::AppRef> apps, std::string token = "") {
  Fleets fleets = make_fleets("steady", apps).value();
  return {
      .world = {.start = kStart, .apps = std::move(fleets.apps), .day_length = fleets.day_length},
      .paused = true,
      .token = Secret(std::move(token))};
}

HttpRequest get(std::string target, std::string authorization = "") {
  return {.method = "GET",
          .target = std::move(target),
          .authorization = std::move(authorization),
          .body = ""};
}

HttpRequest post(std::string target, std::string body = "") {
  return {
      .method = "POST", .target = std::move(target), .authorization = "", .body = std::move(body)};
}

TEST(Platform, ListsTheWorkersOfAnApp) {
  Platform platform(options_of({}));
  const HttpReply reply = platform.handle(get(kWorkers));
  EXPECT_EQ(reply.answer.status, 200);
  EXPECT_TRUE(reply.answer.body.starts_with(R"({"workers":[{"id":")"));
  EXPECT_EQ(reply.date, kStart);
}

TEST(Platform, AsksForItsToken) {
  Platform platform(options_of({}, "letmein"));
  EXPECT_EQ(platform.handle(get(kWorkers, "Bearer letmein")).answer.status, 200);
  for (const char* wrong : {"", "letmein", "Bearer", "Bearer ", "Bearer letmei", "Basic letmein"}) {
    const HttpReply reply = platform.handle(get(kWorkers, wrong));
    EXPECT_EQ(reply.answer.status, 401) << wrong;
    EXPECT_EQ(reply.answer.body, R"({"code":16,"message":"invalid token","details":[]})");
  }
  EXPECT_EQ(platform.handle(get("/simulator/truth")).answer.status, 200);
}

TEST(Platform, RefusesUnknownAppsAndPaths) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(get("/api/apps/v1/namespaces/default/apps/no/workers")).answer.body,
            R"({"code":5,"message":"app default/no not found","details":[]})");
  for (const char* target :
       {"/", "", "/api", "/api/apps/v1/namespaces/", "/api/apps/v1/namespaces/default/apps/sd",
        "/api/apps/v1/namespaces/default/app/sd/workers",
        "/api/apps/v1/namespaces/default/apps/sd/workers/x",
        "/api/apps/v1/namespaces/default/apps/sd/workers:explode", "/simulator/",
        "/simulator/nothing"}) {
    EXPECT_EQ(platform.handle(get(target)).answer.status, 404) << target;
  }
}

TEST(Platform, RefusesOtherMethods) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(post(kWorkers)).answer.status, 501);
  EXPECT_EQ(platform.handle(get(kWorkers + ":scale-up")).answer.status, 501);
  EXPECT_EQ(platform.handle(get("/simulator/pause")).answer.status, 501);
}

TEST(Platform, DecodesTheSegmentsOfAPath) {
  Platform platform(options_of({{"team a", "50%/x"}}));
  const std::string path = "/api/apps/v1/namespaces/team%20a/apps/50%25%2Fx/workers";
  EXPECT_EQ(platform.handle(get(path)).answer.status, 200);
  EXPECT_EQ(platform.handle(post(path + "%3Ascale-up")).answer.status, 200);
}

TEST(Platform, ReadsTheQuery) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(get(kWorkers + "?showAll=true&recentDays=1&x=y")).answer.status, 200);
  EXPECT_EQ(platform.handle(get(kWorkers + "?showAll=maybe")).answer.status, 400);
  EXPECT_EQ(platform.handle(get(kWorkers + "?recentDays=x")).answer.body,
            R"({"code":3,"message":"recentDays is no number","details":[]})");
}

TEST(Platform, ScalesUpByOneIfNothingIsSaid) {
  Platform platform(options_of({}));
  const HttpReply reply = platform.handle(post(kWorkers + ":scale-up"));
  EXPECT_EQ(reply.answer.status, 200);
  EXPECT_EQ(reply.answer.body.size(), std::string_view(R"({"workerIds":[""]})").size() + 22);
}

TEST(Platform, ScalesDownByNumberOrName) {
  Platform platform(options_of({}));
  const std::string target = kWorkers + ":scale-down";
  EXPECT_EQ(platform.handle(post(target, R"({"scaleDownWorkersNum":"1"})")).answer.body, "{}");
  EXPECT_EQ(platform.handle(post(target, R"({"workerIds":["nobody"]})")).answer.status, 404);
  EXPECT_EQ(platform.handle(post(target, "{}")).answer.status, 400);
  EXPECT_EQ(platform.handle(post(target, "nonsense")).answer.status, 400);
}

TEST(Platform, AnswersScaleCallsAsItsFaultsSay) {
  Platform platform(options_of({}));
  const std::string target = kWorkers + ":scale-up";
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"scale-answer":"html"})")).answer.status,
            200);
  EXPECT_EQ(platform.handle(post(target)).answer.body, "<html>login</html>");
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"scale-answer":409})")).answer.status,
            200);
  EXPECT_EQ(platform.handle(post(target)).answer.status, 409);
  EXPECT_EQ(platform.handle(get(kWorkers)).answer.status, 200);
}

TEST(Platform, CountsScaleCallsWhateverItAnswers) {
  Platform platform(options_of({{"default", "sd"}}, "letmein"));
  const auto send = [&platform](const std::string& target, std::string body) {
    HttpRequest request = post(target, std::move(body));
    request.authorization = "Bearer letmein";
    return platform.handle(request).answer.status;
  };
  EXPECT_EQ(send(kWorkers + ":scale-up", R"({"scaleUpWorkersNum":"2"})"), 200);
  EXPECT_EQ(send(kWorkers + ":scale-up", "nonsense"), 400);
  EXPECT_EQ(send(kWorkers + ":scale-down", R"({"workerIds":["nobody"]})"), 404);
  EXPECT_EQ(send(kWorkers + ":scale-down", R"({"scaleDownWorkersNum":"1"})"), 200);
  EXPECT_EQ(platform.handle(post(kWorkers + ":scale-up")).answer.status, 401);
  const std::string truth = platform.handle(get("/simulator/truth")).answer.body;
  EXPECT_NE(truth.find(R"("scale_calls":4,"scaled_up":2,"scaled_down":1)"), std::string::npos)
      << truth;
}

TEST(Platform, BeginsARevision) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(post("/simulator/rollout", "")).answer.status, 200);
  EXPECT_EQ(platform.handle(get("/simulator/rollout")).answer.status, 501);
}

TEST(Platform, ShowsTheFaultsOfEveryApp) {
  Platform platform(options_of({{"a", "b"}}));
  const HttpReply reply = platform.handle(get("/simulator/faults"));
  EXPECT_EQ(reply.answer.status, 200);
  EXPECT_TRUE(reply.answer.body.starts_with(R"({"apps":[{"app":"a/b","faults":{"relaunch":"0s",)"))
      << reply.answer.body;
}

TEST(Platform, SetsFaultsWhileItRuns) {
  Platform platform(options_of({}));
  const HttpReply set = platform.handle(post("/simulator/faults", R"({"error-503":1})"));
  EXPECT_EQ(set.answer.body, platform.handle(get("/simulator/faults")).answer.body);
  EXPECT_EQ(platform.handle(get(kWorkers)).answer.status, 503);
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"error-503":0})")).answer.status, 200);
  EXPECT_EQ(platform.handle(get(kWorkers)).answer.status, 200);
}

TEST(Platform, SetsFaultsOfASingleApp) {
  Platform platform(options_of({}));
  const HttpRequest set = post("/simulator/faults", R"({"app":"default/llm","error-500":1})");
  EXPECT_EQ(platform.handle(set).answer.status, 200);
  EXPECT_EQ(platform.handle(get(kWorkers)).answer.status, 200);
  EXPECT_EQ(platform.handle(get("/api/apps/v1/namespaces/default/apps/llm/workers")).answer.status,
            500);
}

TEST(Platform, RefusesFaultsThatAreNone) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"error-503":1,"x":1})")).answer.body,
            R"({"code":3,"message":"there is no fault 'x'","details":[]})");
  EXPECT_EQ(platform.handle(get(kWorkers)).answer.status, 200);
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"app":"a/b"})")).answer.status, 404);
  HttpRequest removal = get("/simulator/faults");
  removal.method = "DELETE";
  EXPECT_EQ(platform.handle(removal).answer.status, 501);
}

TEST(Platform, DatesItsAnswersByASkewedClock) {
  Platform platform(options_of({}));
  EXPECT_EQ(platform.handle(post("/simulator/faults", R"({"clock-skew":"-1h"})")).date, kStart);
  EXPECT_EQ(platform.handle(get(kWorkers)).date, kStart - std::chrono::hours{1});
}

}  // namespace
}  // namespace everai::simulator
