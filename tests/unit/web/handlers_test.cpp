#include "web/handlers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace everai::web {
namespace {

std::shared_ptr<const std::string> shared(const char* text) {
  return std::make_shared<const std::string>(text);
}

std::string_view header(const Response& response, std::string_view name) {
  const auto found = std::find_if(response.headers.begin(), response.headers.end(),
                                  [name](const auto& one) { return one.first == name; });
  return found == response.headers.end() ? "" : found->second;
}

class HandlersTest : public testing::Test {
 protected:
  Sources sources() {
    return {.metrics_page = [] { return shared("page\n"); },
            .app_page =
                [](std::string_view app) { return app == "default/sd" ? shared("sd\n") : nullptr; },
            .healthy = [this] { return healthy; },
            .ready = [this] { return ready; },
            .status =
                [] {
                  Status status;
                  status.version = "1.2.3";
                  return status;
                },
            .reload = {},
            .on_response =
                [this](std::string_view handler, int status) {
                  told += std::string(handler) + " " + std::to_string(status) + "\n";
                }};
  }
  Handlers with_reload(Result<void> result) {
    Sources with = sources();
    with.reload = [this, result = std::move(result)] {
      ++reloads;
      return result;
    };
    return Handlers(std::move(with));
  }

  bool healthy = true;
  bool ready = true;
  int reloads = 0;
  std::string told;
  Handlers handlers{sources()};
};

TEST_F(HandlersTest, ServesTheMetricsPage) {
  const Response response = handlers.handle({"GET", "/metrics"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(*response.body, "page\n");
}

TEST_F(HandlersTest, TellsHealth) {
  EXPECT_EQ(handlers.handle({"GET", "/-/healthy"}).status, 200);
  healthy = false;
  EXPECT_EQ(handlers.handle({"GET", "/-/healthy"}).status, 503);
}

TEST_F(HandlersTest, TellsReadiness) {
  EXPECT_EQ(handlers.handle({"GET", "/-/ready"}).status, 200);
  ready = false;
  EXPECT_EQ(handlers.handle({"GET", "/-/ready"}).status, 503);
}

TEST_F(HandlersTest, ServesTheSeriesOfOneApp) {
  const Response response = handlers.handle({"GET", "/metrics", "default/sd"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(*response.body, "sd\n");
  EXPECT_EQ(handlers.handle({"GET", "/metrics", "default/none"}).status, 404);
}

TEST_F(HandlersTest, ServesTheMetricsWhereItIsTold) {
  Sources elsewhere = sources();
  elsewhere.telemetry_path = "/own/metrics";
  const Handlers moved(std::move(elsewhere));
  EXPECT_EQ(moved.handle({"GET", "/own/metrics"}).status, 200);
  EXPECT_EQ(moved.handle({"GET", "/metrics"}).status, 404);
  EXPECT_EQ(told, "/own/metrics 200\nother 404\n");
}

TEST_F(HandlersTest, ShowsTheStatusPageThatNothingCanBeSmuggledInto) {
  const Response response = handlers.handle({"GET", "/"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/html; charset=utf-8");
  EXPECT_NE(response.body->find("1.2.3"), std::string::npos);
  EXPECT_TRUE(header(response, "Content-Security-Policy").starts_with("default-src 'none'; "));
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(response, "Cache-Control"), "no-store");
}

TEST_F(HandlersTest, TellsTheStatusAsJson) {
  const Response response = handlers.handle({"GET", "/status.json"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_NE(response.body->find("\"version\": \"1.2.3\""), std::string::npos);
}

TEST_F(HandlersTest, ReloadsOnPostAlone) {
  const Handlers reloading = with_reload({});
  const Response refused = reloading.handle({"GET", "/-/reload"});
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "POST");
  EXPECT_EQ(reloads, 0);
  EXPECT_EQ(reloading.handle({"POST", "/-/reload"}).status, 200);
  EXPECT_EQ(reloads, 1);
  EXPECT_EQ(reloading.handle({"POST", "/metrics"}).status, 405);
}

TEST_F(HandlersTest, TellsWhyAReloadFailed) {
  const Response response =
      with_reload(fail(ErrorCode::kUsage, "c.yml:1:1: bad")).handle({"POST", "/-/reload"});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(*response.body, "not reloaded: c.yml:1:1: bad\n");
}

TEST_F(HandlersTest, DoesNotReloadUnlessThatIsEnabled) {
  EXPECT_EQ(handlers.handle({"POST", "/-/reload"}).status, 405);
  EXPECT_EQ(handlers.handle({"GET", "/-/reload"}).status, 403);
}

TEST_F(HandlersTest, KnowsNoOtherPath) {
  for (const char* path : {"", "/metrics/", "/favicon.ico", "//metrics", "/../etc/passwd", "/-/"}) {
    EXPECT_EQ(handlers.handle({"GET", path}).status, 404) << path;
  }
}

TEST_F(HandlersTest, RefusesOtherMethods) {
  const Response response = handlers.handle({"POST", "/metrics"});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD");
}

TEST_F(HandlersTest, TellsOfAnswersWithoutMakingLabelsOfForeignPaths) {
  static_cast<void>(handlers.handle({"GET", "/metrics"}));
  static_cast<void>(handlers.handle({"GET", "/foreign"}));
  static_cast<void>(handlers.handle({"BREW", "/coffee"}));
  EXPECT_EQ(told, "/metrics 200\nother 404\nother 405\n");
}

}  // namespace
}  // namespace everai::web
