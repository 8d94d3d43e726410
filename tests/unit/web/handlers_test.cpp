#include "web/handlers.hpp"

#include <gtest/gtest.h>

namespace everai::web {
namespace {

class HandlersTest : public testing::Test {
 protected:
  bool healthy = true;
  bool ready = true;
  Handlers handlers{{.metrics_page = [] { return std::make_shared<const std::string>("page\n"); },
                     .healthy = [this] { return healthy; },
                     .ready = [this] { return ready; }}};
};

TEST_F(HandlersTest, ServesTheMetricsPage) {
  const Response response = handlers.handle({"/metrics"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(*response.body, "page\n");
}

TEST_F(HandlersTest, TellsHealth) {
  EXPECT_EQ(handlers.handle({"/-/healthy"}).status, 200);
  healthy = false;
  EXPECT_EQ(handlers.handle({"/-/healthy"}).status, 503);
}

TEST_F(HandlersTest, TellsReadiness) {
  EXPECT_EQ(handlers.handle({"/-/ready"}).status, 200);
  ready = false;
  EXPECT_EQ(handlers.handle({"/-/ready"}).status, 503);
}

TEST_F(HandlersTest, ShowsALandingPageThatLinksToTheMetrics) {
  const Response response = handlers.handle({"/"});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body->find("href=\"/metrics\""), std::string::npos);
}

TEST_F(HandlersTest, KnowsNoOtherPath) {
  for (const char* path : {"", "/metrics/", "/favicon.ico", "//metrics", "/../etc/passwd", "/-/"}) {
    EXPECT_EQ(handlers.handle({path}).status, 404) << path;
  }
}

}  // namespace
}  // namespace everai::web
