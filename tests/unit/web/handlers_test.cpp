#include "web/handlers.hpp"

#include <gtest/gtest.h>

namespace everai::web {
namespace {

class HandlersTest : public testing::Test {
 protected:
  bool healthy = true;
  bool ready = true;
  std::string told;
  Handlers handlers{{.metrics_page = [] { return std::make_shared<const std::string>("page\n"); },
                     .healthy = [this] { return healthy; },
                     .ready = [this] { return ready; },
                     .on_response =
                         [this](std::string_view handler, int status) {
                           told += std::string(handler) + " " + std::to_string(status) + "\n";
                         }}};
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

TEST_F(HandlersTest, ShowsALandingPageThatLinksToTheMetrics) {
  const Response response = handlers.handle({"GET", "/"});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body->find("href=\"/metrics\""), std::string::npos);
}

TEST_F(HandlersTest, KnowsNoOtherPath) {
  for (const char* path : {"", "/metrics/", "/favicon.ico", "//metrics", "/../etc/passwd", "/-/"}) {
    EXPECT_EQ(handlers.handle({"GET", path}).status, 404) << path;
  }
}

TEST_F(HandlersTest, RefusesOtherMethods) {
  const Response response = handlers.handle({"POST", "/metrics"});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.allow, "GET, HEAD");
}

TEST_F(HandlersTest, TellsOfAnswersWithoutMakingLabelsOfForeignPaths) {
  static_cast<void>(handlers.handle({"GET", "/metrics"}));
  static_cast<void>(handlers.handle({"GET", "/foreign"}));
  static_cast<void>(handlers.handle({"BREW", "/coffee"}));
  EXPECT_EQ(told, "/metrics 200\nother 404\nother 405\n");
}

}  // namespace
}  // namespace everai::web
