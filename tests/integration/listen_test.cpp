#include "web/listen.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "config/listen_address.hpp"
#include "web/health_check.hpp"

namespace everai::web {
namespace {

class ListenTest : public testing::Test {
 protected:
  static Sources healthy() {
    Sources sources;
    sources.healthy = [] { return true; };
    return sources;
  }
  [[nodiscard]] bool answers(const std::string& host, int port) const {
    return check_health({host, port}, std::chrono::seconds{10}).has_value();
  }
  /// What an address is refused for at the start.
  [[nodiscard]] std::string trouble(const config::ListenAddress& address) const {
    const auto servers = serve_at(address, handlers);
    return servers ? "it serves" : servers.error().message;
  }
  const Handlers handlers{healthy()};
};

TEST_F(ListenTest, ServesAtEachAddressOfThisMachineThatANameStandsFor) {
  const auto hosts = resolve("localhost");
  ASSERT_TRUE(hosts) << hosts.error().message;
  EXPECT_NE(std::find(hosts->begin(), hosts->end(), "127.0.0.1"), hosts->end());
  const auto servers = serve_at({"localhost", 0}, handlers);
  ASSERT_TRUE(servers) << servers.error().message;
  ASSERT_EQ(servers->size(), hosts->size());
  for (std::size_t i = 0; i < hosts->size(); ++i) {
    EXPECT_TRUE(answers((*hosts)[i], (*servers)[i]->port())) << (*hosts)[i];
  }
}

TEST_F(ListenTest, ServesAtEveryAddressWithoutAHost) {
  for (const char* text : {":0", "*:0"}) {
    const auto servers = serve_at(config::parse_listen_address(text).value(), handlers);
    ASSERT_TRUE(servers) << servers.error().message;
    ASSERT_EQ(servers->size(), 1U);
    for (const char* host : {"127.0.0.1", "127.0.0.2"}) {
      EXPECT_TRUE(answers(host, servers->front()->port())) << text << " " << host;
    }
  }
}

TEST_F(ListenTest, SaysWhyItCannotServe) {
  const std::string unknown = std::string(64, 'x') + ".invalid";
  EXPECT_TRUE(trouble({unknown, 1}).starts_with("listen on " + unknown + ":1: "))
      << trouble({unknown, 1});
  EXPECT_EQ(trouble({"198.51.100.1", 1}),
            "listen on 198.51.100.1:1: Cannot assign requested address");
  const auto servers = serve_at({"127.0.0.1", 0}, handlers);
  const int port = servers.value().front()->port();
  for (const char* host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(trouble({host, port}),
              "listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
  }
}

}  // namespace
}  // namespace everai::web
