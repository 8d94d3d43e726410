#include "web/health_check.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "support/raw_server.hpp"
#include "util/unique_fd.hpp"
#include "web/server.hpp"

namespace everai::web {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kLong{10};

class HealthCheckTest : public testing::Test {
 protected:
  /// Starts an exporter's server. @return its port.
  int serve(const std::string& host, bool healthy = true) {
    Sources sources;
    sources.healthy = [healthy] { return healthy; };
    handlers_ = std::make_unique<Handlers>(std::move(sources));
    server_ = Server::start(host, 0, *handlers_).value();
    return server_->port();
  }

  std::unique_ptr<Handlers> handlers_;
  std::unique_ptr<Server> server_;
};

/// The error of asking at 127.0.0.1, without the URL that it begins with.
std::string trouble(int port, milliseconds timeout = kLong) {
  const Result<void> healthy = check_health({"127.0.0.1", port}, timeout);
  if (healthy) {
    return "healthy";
  }
  const std::string url = health_url({"127.0.0.1", port}) + ": ";
  EXPECT_EQ(healthy.error().message.substr(0, url.size()), url);
  return healthy.error().message.substr(url.size());
}

/// Whether this machine has IPv6, and its loopback.
bool has_ipv6() {
  const UniqueFd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 loopback{};
  loopback.sin6_family = AF_INET6;
  loopback.sin6_addr = in6addr_loopback;
  return socket &&
         ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&loopback), sizeof loopback) == 0;
}

TEST_F(HealthCheckTest, FindsTheExporterWhereverItListens) {
  for (const char* host : {"127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost", ""}) {
    EXPECT_TRUE(check_health({host, serve(host)}, kLong).has_value()) << host;
  }
  if (has_ipv6()) {
    for (const char* host : {"::1", "::"}) {
      EXPECT_TRUE(check_health({host, serve(host)}, kLong).has_value()) << host;
    }
  }
}

TEST_F(HealthCheckTest, TellsWhatTheExporterSays) {
  EXPECT_EQ(trouble(serve("127.0.0.1", false)),
            "status 503: unhealthy: the poll loop does not turn");
}

TEST_F(HealthCheckTest, TellsThatNothingListens) {
  const int port = serve("127.0.0.1");
  server_.reset();
  EXPECT_NE(trouble(port).find("connect"), std::string::npos) << trouble(port);
}

TEST_F(HealthCheckTest, AsksNoProxy) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_EQ(trouble(serve("127.0.0.1")), "healthy");
  unsetenv("http_proxy");
}

/// The error of asking one who answers this, and then does nothing for long.
std::string trouble_with(const std::string& answer, milliseconds timeout = kLong) {
  const test::RawServer server([&answer](const test::RawConnection& connection, int) {
    connection.read_head();
    connection.send(answer);
    connection.linger(kLong);
  });
  return trouble(server.port(), timeout);
}

TEST(HealthCheck, TakesNoOthersAnswerForOurs) {
  EXPECT_EQ(trouble_with("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nSo am I.\n"),
            "status 200: So am I.");
  EXPECT_EQ(trouble_with("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "status 404: ");
  EXPECT_EQ(trouble_with("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                         "Content-Length: 0\r\n\r\n"),
            "status 302: ");
  EXPECT_NE(trouble_with("SSH-2.0-OpenSSH\r\n", milliseconds{300}), "healthy");
}

TEST(HealthCheck, ReadsNoLongAnswer) {
  const std::string body(100'000, 'x');
  EXPECT_NE(trouble_with("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + body), "healthy");
}

TEST(HealthCheck, WaitsNoLongerThanItMay) {
  for (const char* answer :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nheal"}) {
    const auto begin = steady_clock::now();
    const std::string error = trouble_with(answer, milliseconds{200});
    EXPECT_NE(error.find("timed out"), std::string::npos) << error;
    EXPECT_LT(steady_clock::now() - begin, seconds{5});
  }
}

}  // namespace
}  // namespace everai::web
