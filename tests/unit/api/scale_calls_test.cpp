#include "api/scale_calls.hpp"

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

TEST(ParseNewWorkerIds, ReadsThem) {
  EXPECT_EQ(parse_new_worker_ids(R"({"workerIds": ["x", "y"], "later": 1})").value(),
            (Ids{"x", "y"}));
}

TEST(ParseNewWorkerIds, TakesWhatIsLeftOutForNone) {
  EXPECT_EQ(parse_new_worker_ids("{}").value(), Ids{});
  EXPECT_EQ(parse_new_worker_ids(R"({"workerIds": null})").value(), Ids{});
}

TEST(ParseNewWorkerIds, RefusesWhatIsNoSuchAnswer) {
  for (const char* body : {"", "[]", "{", R"({"workerIds": "x"})", R"({"workerIds": [1]})"}) {
    const auto ids = parse_new_worker_ids(body);
    ASSERT_FALSE(ids) << body;
    EXPECT_EQ(ids.error().code, ErrorCode::kPayload) << body;
  }
}

}  // namespace
}  // namespace everai::api
