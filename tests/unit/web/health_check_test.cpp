#include "web/health_check.hpp"

#include <gtest/gtest.h>

namespace everai::web {
namespace {

TEST(HealthUrl, IsWhereTheExporterListens) {
  EXPECT_EQ(health_url({"127.0.0.2", 1}), "http://127.0.0.2:1/-/healthy");
  EXPECT_EQ(health_url({"localhost", 65535}), "http://localhost:65535/-/healthy");
  EXPECT_EQ(health_url({"fe80::1", 10880}), "http://[fe80::1]:10880/-/healthy");
  EXPECT_EQ(health_url({"fe80::1%eth0", 1}), "http://[fe80::1%25eth0]:1/-/healthy");
}

TEST(HealthUrl, IsOnTheLoopbackIfThatIsEveryAddress) {
  EXPECT_EQ(health_url({}), "http://127.0.0.1:10880/-/healthy");
  EXPECT_EQ(health_url({"0.0.0.0", 1}), "http://127.0.0.1:1/-/healthy");
  EXPECT_EQ(health_url({"::", 1}), "http://[::1]:1/-/healthy");
}

TEST(CheckHealth, NeedsAPort) {
  const auto healthy = check_health({"127.0.0.1", 0}, std::chrono::seconds{1});
  ASSERT_FALSE(healthy.has_value());
  EXPECT_EQ(healthy.error().code, ErrorCode::kUsage);
  EXPECT_EQ(
      healthy.error().message,
      "http://127.0.0.1:0/-/healthy: port 0 means any, expected the one that the exporter has");
}

}  // namespace
}  // namespace everai::web
