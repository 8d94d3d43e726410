#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "api/curl_transport.hpp"
#include "api/url.hpp"
#include "support/raw_server.hpp"

namespace everai::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawConnection;
using test::RawServer;

constexpr const char* kGood = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

/// A platform and a proxy that note who comes. By the environment no host needs a proxy: if libcurl
/// read that, it would go past ours.
class ProxyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    signal(SIGPIPE, SIG_IGN);
    for (const char* name : {"no_proxy", "NO_PROXY"}) {
      setenv(name, "*", 1);
    }
  }
  static void TearDownTestSuite() {
    for (const char* name : {"no_proxy", "NO_PROXY"}) {
      unsetenv(name);
    }
  }

  void SetUp() override {
    auto transport = CurlTransport::make({.user_agent = "test/1"}, clock_);
    ASSERT_TRUE(transport) << transport.error().message;
    transport_ = std::move(*transport);
  }

  /// Asks the platform by a proxy. @return the message of what failed, or "good".
  std::string ask(const Proxy& proxy, std::string_view scheme = "http") {
    {
      const std::lock_guard lock(mutex_);
      heads_.clear();
    }
    Account account{
        .endpoint = fmt::format("{}://127.0.0.1:{}", scheme, platform_.port()),
        .token = Secret("canary-token"),
        .proxy = proxy,
    };
    transport_->start({.id = ++last_id_,
                       .account = std::make_shared<const Account>(std::move(account)),
                       .title = "GET it",
                       .target = "/path",
                       .json = std::nullopt,
                       .deadline = clock_.steady_now() + seconds(5)});
    const auto answers = transport_->wait(clock_.steady_now() + seconds(10));
    EXPECT_EQ(answers.size(), 1U);
    return answers.empty() || answers.front().body ? "good" : answers.front().body.error().message;
  }

  /// What the proxy was sent since the last `ask`.
  std::string seen_by_proxy() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

  [[nodiscard]] std::string authority() const { return fmt::format("127.0.0.1:{}", proxy_.port()); }

  SystemClock clock_;
  std::mutex mutex_;
  std::string heads_;
  std::atomic<int> direct_ = 0;
  RawServer platform_{[this](const RawConnection& connection, int /*number*/) {
    ++direct_;
    static_cast<void>(connection.send(kGood));
  }};
  RawServer proxy_{[this](const RawConnection& connection, int /*number*/) {
    const std::string head = connection.read_head();
    {
      const std::lock_guard lock(mutex_);
      heads_ += head;
    }
    const bool tunnel = head.starts_with("CONNECT ");
    static_cast<void>(connection.send(tunnel ? "HTTP/1.1 502 No\r\n\r\n" : kGood));
  }};
  std::unique_ptr<CurlTransport> transport_;
  std::uint64_t last_id_ = 0;
};

/// Each byte of a user or a password in each way in which it can be written.
std::vector<std::string> spellings() {
  std::vector<std::string> all;
  for (int byte = 0; byte < 256; ++byte) {
    all.push_back(fmt::format("%{:02x}", byte));
    all.push_back(fmt::format("a%{:02X}%zz", byte));
    if (byte > ' ' && byte <= '~') {
      all.emplace_back(1, static_cast<char>(byte));
      all.push_back(fmt::format("%4{}%", static_cast<char>(byte)));
    }
  }
  return all;
}

TEST_F(ProxyTest, SeesEachRequestWhateverItsUserAndPasswordAre) {
  int accepted = 0;
  for (const std::string& spelling : spellings()) {
    for (const char* form : {"http://user:{}@{}", "http://{}:password@{}", "http://{}@{}"}) {
      const std::string text = fmt::format(fmt::runtime(form), spelling, authority());
      const Result<Proxy> proxy = parse_proxy_url(text);
      if (!proxy) {
        continue;
      }
      ++accepted;
      EXPECT_EQ(ask(*proxy), "good") << text;
      const std::string seen = seen_by_proxy();
      EXPECT_TRUE(seen.starts_with(fmt::format("GET http://127.0.0.1:{}/path ", platform_.port())))
          << text << "\n"
          << seen;
      EXPECT_NE(seen.find("\r\nProxy-Authorization: Basic "), std::string::npos) << text;
      ASSERT_EQ(direct_, 0) << text;
    }
  }
  EXPECT_GE(accepted, 3 * (2 * (256 - 33) + 2 * (94 - 4)));
}

TEST_F(ProxyTest, IsShownUserAndPasswordDecoded) {
  for (const auto& [credentials, sent] : {
           std::pair{"user:p%40ss", "dXNlcjpwQHNz"},
           {"user:p@ss", "dXNlcjpwQHNz"},
           {"user:p:%3a%zz%", "dXNlcjpwOjolenol"},
           {"%C3%A9:%e9", "w6k66Q=="},
           {"user", "dXNlcjo="},
           {":password", "OnBhc3N3b3Jk"},
       }) {
    EXPECT_EQ(ask(parse_proxy_url(fmt::format("http://{}@{}", credentials, authority())).value()),
              "good");
    EXPECT_NE(seen_by_proxy().find(fmt::format("Proxy-Authorization: Basic {}\r\n", sent)),
              std::string::npos)
        << credentials << "\n"
        << seen_by_proxy();
  }
}

TEST_F(ProxyTest, SeesEachRequestForATunnel) {
  for (const char* credentials : {"", "user:p%40ss@", "%e9:%C3%A9@", ":@", "@", "user@", "a:b:c@",
                                  "a%zz:%@", "u:p@ss@", "u;AUTH=*:p@"}) {
    const Result<Proxy> proxy =
        parse_proxy_url(fmt::format("HTTP://{}{}/", credentials, authority()));
    ASSERT_TRUE(proxy.has_value()) << credentials;
    EXPECT_NE(ask(*proxy, "https"), "good");
    const std::string seen = seen_by_proxy();
    EXPECT_TRUE(seen.starts_with(fmt::format("CONNECT 127.0.0.1:{} ", platform_.port()))) << seen;
    EXPECT_EQ(seen.find("canary-token"), std::string::npos);
    ASSERT_EQ(direct_, 0) << credentials;
  }
}

TEST_F(ProxyTest, IsTheOnlyWayWhateverItsAddressIs) {
  std::atomic<int> seen = 0;
  const RawServer closing([&seen](const RawConnection& /*connection*/, int /*number*/) { ++seen; });
  const std::string port = fmt::format(":{}", closing.port());
  const auto ask_by = [this](const std::string& text) {
    if (const Result<Proxy> proxy = parse_proxy_url(text); proxy) {
      const std::string message = ask(*proxy);
      EXPECT_NE(message, "good") << text;
      EXPECT_EQ(message.find("canary"), std::string::npos) << message;
      EXPECT_EQ(direct_, 0) << text;
    }
  };
  for (const char* scheme : {"http", "socks", "socks4", "socks4a", "socks5", "SOCKS5H"}) {
    for (const char* credentials : {"", "user:canary@"}) {
      for (const std::string& host :
           {"127.0.0.1" + port, "127.1" + port, "0x7f.1" + port, "017700000001" + port,
            "2130706433" + port, "[::ffff:127.0.0.1]" + port, "[::ffff:127.0.0.1%25lo]" + port}) {
        const int before = seen;
        ask_by(fmt::format("{}://{}{}", scheme, credentials, host));
        EXPECT_GT(seen, before) << scheme << " " << host;
      }
      for (const char* host : {"[::1%1]:1", "[::1]:1", "127.0.0.1:1", "127.0.0.1:00001", "0:1"}) {
        ask_by(fmt::format("{}://{}{}", scheme, credentials, host));
      }
    }
  }
  // What no host can be.
  for (const std::string& host :
       {std::string("."), std::string(".."), std::string("-"), std::string("a..b.invalid"),
        std::string("_.invalid"), std::string("xn--.invalid"), std::string("xn--9999999.invalid"),
        std::string("999.999.999.999"), std::string("ftp.invalid"), std::string(300, 'a'),
        std::string(63, 'a') + "." + std::string(64, 'b') + ".invalid"}) {
    ask_by(fmt::format("http://user:canary@{}", host));
  }
}

TEST_F(ProxyTest, OfTheEnvironmentIsNotReadByTheTransport) {
  setenv("http_proxy", fmt::format("http://{}", authority()).c_str(), 1);
  setenv("no_proxy", "", 1);
  setenv("NO_PROXY", "", 1);
  EXPECT_EQ(ask(Proxy{}), "good");
  EXPECT_EQ(direct_, 1);
  EXPECT_EQ(seen_by_proxy(), "");
  unsetenv("http_proxy");
  SetUpTestSuite();
}

TEST_F(ProxyTest, IsTheOnlyWayAlsoIfWhatItIsToldIsWrong) {
  // As no check lets them pass: the transport does not rely on it alone.
  for (const char* credentials : {"user:%00", "user:%0A", "us%1fer:x", "%00"}) {
    static_cast<void>(ask({fmt::format("http://{}", authority()), Secret(credentials)}));
    EXPECT_EQ(direct_, 0) << credentials;
  }
  for (const char* url : {"ftp://127.0.0.1:1", "http://[bad", "http://127.0.0.1:99999",
                          "http://a b", "http://", "http://[::::]:1", "http://%00", "x"}) {
    EXPECT_NE(ask({url, Secret("user:s3cret")}), "good") << url;
    EXPECT_EQ(direct_, 0) << url;
  }
}

}  // namespace
}  // namespace everai::api
