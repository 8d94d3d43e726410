#include "api/scale_calls.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace everai::api {
namespace {

using Ids = std::vector<std::string>;

TEST(ScalePaths, AreTheAppsWithAVerb) {
  const AppRef app{"team b", "sd/xl"};
  EXPECT_EQ(scale_up_path(app), "/api/apps/v1/namespaces/team%20b/apps/sd%2Fxl/workers:scale-up");
  EXPECT_EQ(scale_down_path(app),
            "/api/apps/v1/namespaces/team%20b/apps/sd%2Fxl/workers:scale-down");
}

TEST(RenderScaleUp, WritesTheNumberAsDigitsInAString) {
  EXPECT_EQ(render_scale_up(12), R"({"scaleUpWorkersNum":"12"})");
}

TEST(RenderScaleDown, SendsWhatWasGivenAndNothingElse) {
  EXPECT_EQ(render_scale_down({.count = 2, .worker_ids = {}}), R"({"scaleDownWorkersNum":"2"})");
  EXPECT_EQ(render_scale_down({.count = std::nullopt, .worker_ids = {"a", "b\"c"}}),
            R"({"workerIds":["a","b\"c"]})");
}

Ids up(std::string_view body) {
  const auto ids = parse_scale_up_answer(PaddedText(body), {});
  EXPECT_TRUE(ids) << body << ": " << ids.error().message;
  return ids.value_or(Ids{});
}

std::string complaint_up(std::string_view body, const std::vector<Secret>& secrets = {}) {
  const auto answer = parse_scale_up_answer(PaddedText(body), secrets);
  EXPECT_FALSE(answer) << body;
  return answer ? "" : answer.error().message;
}

std::string complaint_down(std::string_view body) {
  const auto answer = parse_scale_down_answer(PaddedText(body), {});
  EXPECT_FALSE(answer) << body;
  return answer ? "" : answer.error().message;
}

TEST(ParseScaleUpAnswer, ReadsTheIds) {
  EXPECT_EQ(up(R"({"workerIds": ["x", "y"], "later": 1})"), (Ids{"x", "y"}));
  EXPECT_EQ(up("\xEF\xBB\xBF{\"workerIds\": [\"x\", \"x\", \"\"]}"), (Ids{"x", "x", ""}));
  EXPECT_EQ(up(R"({"workerIds": ["x"], "code": 0, "message": ""})"), Ids{"x"});
}

TEST(ParseScaleUpAnswer, TakesWhatIsLeftOutForNone) {
  for (const char* body : {"{}", R"({"workerIds": null})", R"({"workerIds": []})",
                           R"({"workerIds": [], "later": 1})", R"({"later": null})"}) {
    EXPECT_EQ(up(body), Ids{}) << body;
  }
}

TEST(ParseScaleUpAnswer, RepeatsTheIdsThatAnErrorNames) {
  EXPECT_EQ(complaint_up(R"({"workerIds": ["x", "y\n"], "code": 8, "message": "quota"})"),
            "the answer is an error: code 8: quota; it names the workers x, y\\x0a");
}

TEST(ParseScaleAnswers, RepeatAnErrorThatHasStatus200) {
  constexpr const char* kDenied = R"({"code": 7, "message": "permission denied"})";
  constexpr const char* kError = "the answer is an error: code 7: permission denied";
  EXPECT_EQ(complaint_up(kDenied), kError);
  EXPECT_EQ(complaint_down(kDenied), kError);
  EXPECT_EQ(complaint_up(R"({"workerIds": [], "error": "no"})"), "the answer is an error: no");
}

TEST(ParseScaleAnswers, RepeatWhatIsNotDocumented) {
  const auto repeated = [](std::string_view body) {
    return fmt::format("the answer is not the documented one: {}", body);
  };
  for (const char* body :
       {"[]", "{", "null", "\"ok\"", "7", "ok", R"({"worker_ids": ["x"]})", R"({"workerIds": "x"})",
        R"({"workerIds": [1]})", R"({"workerIds": {}})", R"({"workerIds": ["x", null]})"}) {
    EXPECT_EQ(complaint_up(body), repeated(body));
    EXPECT_EQ(complaint_down(body), repeated(body));
  }
  constexpr const char* kFailure = R"({"success": false})";
  EXPECT_EQ(complaint_down(kFailure), repeated(kFailure));
  for (const char* body : {"", " \r\n\t"}) {
    EXPECT_EQ(complaint_up(body), "the answer is empty");
    EXPECT_EQ(complaint_down(body), "the answer is empty");
  }
}

TEST(ParseScaleAnswers, RepeatNoSecretAndNoControlCharacter) {
  const std::string token(60, 't');
  const std::string said = complaint_up(R"({"you": ")" + token + "\x1b[2J\"}", {Secret(token)});
  EXPECT_EQ(said.find("tttt"), std::string::npos);
  EXPECT_NE(said.find(R"({"you": "<secret>\x1b[2J"})"), std::string::npos) << said;
  EXPECT_LE(complaint_up("[" + std::string(100'000, ' ') + "]").size(), 300U);
}

TEST(ParseScaleAnswers, StandValuesOfAnyDepth) {
  constexpr std::size_t kDepth = 3'000'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  EXPECT_EQ(up(R"({"workerIds": ["x"], "later": )" + deep + "}"), Ids{"x"});
  for (const char* name : {"workerIds", "later"}) {
    const std::string body = fmt::format(R"({{"{}": {}}})", name, deep);
    EXPECT_FALSE(parse_scale_up_answer(PaddedText(body), {})) << name;
    EXPECT_FALSE(parse_scale_down_answer(PaddedText(body), {})) << name;
  }
}

TEST(ParseScaleDownAnswer, IsAnObjectWithoutFields) {
  for (const char* body : {"{}", " { }\n", R"({"later": null})"}) {
    EXPECT_TRUE(parse_scale_down_answer(PaddedText(body), {})) << body;
  }
}

TEST(IsRefusal, HoldsForRegisteredStatusesOfRequestsThatWereNotDone) {
  for (const int status : {400, 401, 402, 403, 404, 405, 407, 409, 418, 422, 429, 431, 451}) {
    EXPECT_TRUE(is_refusal(status)) << status;
  }
  for (const int status :
       {0, 200, 202, 204, 301, 307, 399, 408, 419, 430, 444, 460, 499, 500, 503, 511, 600}) {
    EXPECT_FALSE(is_refusal(status)) << status;
  }
}

}  // namespace
}  // namespace everai::api
