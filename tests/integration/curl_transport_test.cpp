#include "api/curl_transport.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/listener.hpp"
#include "support/raw_server.hpp"
#include "support/temp_dir.hpp"

namespace everai::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawConnection;
using test::RawServer;

class CurlTransportTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { signal(SIGPIPE, SIG_IGN); }

  void SetUp() override { set_up({.user_agent = "test/1"}); }

  void set_up(CurlOptions options) {
    auto transport = CurlTransport::make(std::move(options), clock_);
    ASSERT_TRUE(transport) << transport.error().message;
    transport_ = std::move(*transport);
  }

  void start(const RawServer& server, std::optional<std::string> json,
             milliseconds time = seconds(5)) {
    if (account_ == nullptr) {
      account_ = std::make_shared<const Account>(
          Account{.endpoint = server.url(), .token = Secret("token-1")});
    }
    transport_->start({.id = ++last_id_,
                       .account = account_,
                       .title = json ? "POST it" : "GET it",
                       .target = "/path",
                       .json = std::move(json),
                       .deadline = clock_.steady_now() + time});
  }

  HttpAnswer ask(const RawServer& server, std::optional<std::string> json,
                 milliseconds time = seconds(5)) {
    start(server, std::move(json), time);
    return take();
  }

  /// Posts to anything, with a time that it may take.
  HttpAnswer post(Account account, milliseconds time = seconds(5)) {
    account_ = std::make_shared<const Account>(std::move(account));
    transport_->start({.id = ++last_id_,
                       .account = account_,
                       .title = "POST it",
                       .target = "/path",
                       .json = "{}",
                       .deadline = clock_.steady_now() + time});
    return take();
  }

  HttpAnswer take() {
    auto answers = transport_->wait(clock_.steady_now() + seconds(10));
    EXPECT_EQ(answers.size(), 1U);
    return std::move(answers.at(0));
  }

  SystemClock clock_;
  std::unique_ptr<CurlTransport> transport_;
  std::shared_ptr<const Account> account_;
  std::uint64_t last_id_ = 0;
};

constexpr std::string_view kGood = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// What a server was sent, by connection. Thread-safe.
class Heads {
 public:
  void add(std::string head) {
    const std::lock_guard lock(mutex_);
    heads_.push_back(std::move(head));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
};

bool has(const std::string& head, std::string_view line) {
  return head.find(std::string(line) + "\r\n") != std::string::npos;
}

TEST_F(CurlTransportTest, PostsJsonWithTheToken) {
  Heads heads;
  const RawServer server([&heads](const RawConnection& connection, int /*number*/) {
    heads.add(connection.read_head());
    connection.send(kGood);
  });
  const HttpAnswer answer = ask(server, R"({"a":"1"})");
  ASSERT_TRUE(answer.body) << answer.body.error().message;
  EXPECT_EQ(answer.body->text.view(), "{}");
  const std::string head = heads.all().at(0);
  EXPECT_TRUE(has(head, "POST /path HTTP/1.1")) << head;
  EXPECT_TRUE(has(head, "Content-Type: application/json")) << head;
  EXPECT_TRUE(has(head, "Content-Length: 9")) << head;
  EXPECT_TRUE(has(head, "Authorization: Bearer token-1")) << head;
}

TEST_F(CurlTransportTest, SendsAPostOnceOverAConnectionOfItsOwn) {
  // The first connection is kept by the client, and closed by the server in its second request.
  Heads heads;
  const RawServer server([&heads](const RawConnection& connection, int number) {
    heads.add(connection.read_head());
    if (number == 0) {
      connection.send(kGood);
      connection.linger(seconds(5));
    }
  });
  ASSERT_TRUE(ask(server, std::nullopt).body);
  const HttpAnswer answer = ask(server, "{}");
  ASSERT_FALSE(answer.body);
  EXPECT_EQ(answer.body.error().code, ErrorCode::kConnect);
  EXPECT_TRUE(answer.body.error().message.starts_with("POST it: ")) << answer.body.error().message;
  const std::vector<std::string> all = heads.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_TRUE(has(all[1], "POST /path HTTP/1.1"));
}

TEST_F(CurlTransportTest, SendsNoPostAgainThatLibcurlWouldRepeat) {
  // libcurl asks whether it may send a body of more than 1 MiB, and sends the request anew, without
  // asking, if it is told that this is not understood.
  std::atomic<int> posts = 0;
  const RawServer server([&posts](const RawConnection& connection, int /*number*/) {
    if (has(connection.read_head(), "POST /path HTTP/1.1")) {
      ++posts;
      connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
      connection.linger(seconds(5));
    }
  });
  const HttpAnswer answer = ask(server, std::string(2UL * 1024 * 1024, ' '));
  ASSERT_FALSE(answer.body);
  EXPECT_TRUE(answer.sent);
  EXPECT_EQ(posts, 1);
}

TEST_F(CurlTransportTest, SendsNoBodyOfAnEarlierPostWithAGet) {
  Heads heads;
  const RawServer server([&heads](const RawConnection& connection, int /*number*/) {
    heads.add(connection.read_head());
    connection.send(kGood);
  });
  ASSERT_TRUE(ask(server, "{}").body);
  ASSERT_TRUE(ask(server, std::nullopt).body);
  const std::string head = heads.all().at(1);
  EXPECT_TRUE(has(head, "GET /path HTTP/1.1")) << head;
  EXPECT_EQ(head.find("Content-"), std::string::npos) << head;
}

/// Answers for as long as it is asked. @param connections  how many there were.
auto answers_all(std::atomic<int>& connections) {
  return [&connections](const RawConnection& connection, int /*number*/) {
    ++connections;
    while (!connection.read_head().empty()) {
      connection.send(kGood);
    }
  };
}

TEST_F(CurlTransportTest, UsesNoConnectionThatIsTooOld) {
  set_up({.user_agent = "test/1", .max_connection_age = milliseconds(100)});
  std::atomic<int> connections = 0;
  const RawServer server(answers_all(connections));
  ASSERT_TRUE(ask(server, std::nullopt).body);
  ASSERT_TRUE(ask(server, std::nullopt).body);
  EXPECT_EQ(connections, 1);
  EXPECT_TRUE(transport_->wait(clock_.steady_now() + milliseconds(150)).empty());
  ASSERT_TRUE(ask(server, std::nullopt).body);
  EXPECT_EQ(connections, 2);
}

TEST_F(CurlTransportTest, BeginsWithFreshConnectionsWhenRenewed) {
  std::atomic<int> connections = 0;
  const RawServer server(answers_all(connections));
  for (int round = 1; round <= 3; ++round) {
    ASSERT_TRUE(ask(server, std::nullopt).body);
    ASSERT_TRUE(ask(server, std::nullopt).body);
    EXPECT_EQ(connections, round);
    transport_->renew();
  }
}

TEST_F(CurlTransportTest, LetsRequestsUnderWayEndWhenRenewed) {
  std::atomic<int> connections = 0;
  const RawServer server([&connections](const RawConnection& connection, int number) {
    ++connections;
    while (!connection.read_head().empty()) {
      connection.linger(milliseconds(number == 0 ? 300 : 0));
      connection.send(kGood);
    }
  });
  start(server, std::nullopt);
  static_cast<void>(transport_->wait(clock_.steady_now() + milliseconds(100)));
  transport_->renew();
  EXPECT_TRUE(ask(server, std::nullopt).body);
  const auto slow = transport_->wait(clock_.steady_now() + seconds(5));
  ASSERT_EQ(slow.size(), 1U);
  EXPECT_TRUE(slow[0].body);
  EXPECT_EQ(connections, 2);
}

TEST_F(CurlTransportTest, FailsNoGetThatMeetsClosedConnections) {
  // Each connection is closed after its first answer, without a word, while the next request may
  // be on its way: what a load balancer does that is restarted, or has a short time-out.
  constexpr int kRounds = 20;
  constexpr int kAtOnce = 40;
  const RawServer server([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send(kGood);
    connection.read_head();
  });
  int good = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kAtOnce; ++i) {
      start(server, std::nullopt);
    }
    for (int ended = 0; ended < kAtOnce;) {
      auto answers = transport_->wait(clock_.steady_now() + seconds(5));
      ASSERT_FALSE(answers.empty());
      for (const HttpAnswer& answer : answers) {
        ++ended;
        good += answer.body ? 1 : 0;
        EXPECT_TRUE(answer.body) << answer.body.error().message;
      }
    }
  }
  EXPECT_EQ(good, kRounds * kAtOnce);
}

TEST_F(CurlTransportTest, SendsAGetNoThirdTimeNorOverANewConnectionTwice) {
  // What hangs up at once is no kept connection that was closed meanwhile.
  std::atomic<int> connections = 0;
  const RawServer server([&connections](const RawConnection& connection, int number) {
    ++connections;
    connection.read_head();
    if (number == 0) {
      connection.send(kGood);
      connection.read_head();
    }
  });
  ASSERT_TRUE(ask(server, std::nullopt).body);
  const HttpAnswer answer = ask(server, std::nullopt);
  ASSERT_FALSE(answer.body);
  EXPECT_EQ(answer.body.error().code, ErrorCode::kConnect);
  EXPECT_EQ(connections, 2);
  EXPECT_FALSE(ask(server, std::nullopt).body);
  EXPECT_EQ(connections, 3);
}

TEST_F(CurlTransportTest, RepeatsAGetWithinItsDeadline) {
  const RawServer server([](const RawConnection& connection, int number) {
    connection.read_head();
    if (number == 0) {
      connection.send(kGood);
      connection.read_head();
    } else {
      connection.linger(seconds(5));
    }
  });
  ASSERT_TRUE(ask(server, std::nullopt).body);
  const SteadyTime begin = clock_.steady_now();
  const HttpAnswer answer = ask(server, std::nullopt, milliseconds(300));
  ASSERT_FALSE(answer.body);
  EXPECT_EQ(answer.body.error().code, ErrorCode::kTimeout);
  EXPECT_LT(clock_.steady_now() - begin, milliseconds(800));
}

// What tells whether a request may have left.

std::string outcome(const HttpAnswer& answer) {
  return fmt::format("{}, {}", answer.sent ? "sent" : "not sent",
                     answer.body ? "good" : answer.body.error().message);
}

TEST_F(CurlTransportTest, KnowsThatNothingLeftWithoutAConnection) {
  const test::Listener nobody(SOCK_STREAM, false);
  ASSERT_TRUE(nobody.good());
  for (const std::string& endpoint :
       {fmt::format("http://127.0.0.1:{}", nobody.port()),
        fmt::format("https://127.0.0.1:{}", nobody.port()), std::string("http://host.invalid"),
        std::string("https://host.invalid"), fmt::format("http://{}.invalid", std::string(64, 'a')),
        std::string("http://[::ffff:127.0.0.1%25nowhere]:1"), std::string("ftp://127.0.0.1:1"),
        std::string("http://127.0.0.1:99999"), std::string("http://")}) {
    const HttpAnswer answer = post({.endpoint = endpoint});
    EXPECT_FALSE(answer.body) << endpoint;
    EXPECT_FALSE(answer.sent) << endpoint << ": " << outcome(answer);
  }
}

TEST_F(CurlTransportTest, KnowsThatNothingLeftOfWhatItRefuses) {
  std::atomic<int> connections = 0;
  const RawServer server(answers_all(connections));
  const test::TempDir dir;
  const HttpAnswer without_token =
      post({.endpoint = server.url(), .token_file = dir / "there-is-none"});
  EXPECT_FALSE(without_token.sent) << outcome(without_token);
  for (const milliseconds time : {milliseconds(0), milliseconds(-1), -milliseconds(seconds(5))}) {
    const HttpAnswer late = post({.endpoint = server.url()}, time);
    EXPECT_EQ(outcome(late), "not sent, POST it: the deadline passed before the request was sent");
  }
  EXPECT_EQ(connections, 0);
  const HttpAnswer good = post({.endpoint = server.url()});
  EXPECT_EQ(outcome(good), "sent, good");
}

TEST_F(CurlTransportTest, KnowsThatNothingLeftWhileTheConnectionDoesNotStand) {
  // Where as many connections wait as may, the next one is not even answered.
  const test::Listener full(SOCK_STREAM | SOCK_NONBLOCK, false);
  ASSERT_TRUE(full.good());
  ASSERT_EQ(::listen(full.fd(), 0), 0);
  const UniqueFd waiting = full.connect();
  ASSERT_TRUE(waiting);
  const HttpAnswer answer =
      post({.endpoint = fmt::format("http://127.0.0.1:{}", full.port())}, milliseconds(200));
  ASSERT_FALSE(answer.body);
  EXPECT_EQ(answer.body.error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(answer.sent) << outcome(answer);
}

TEST_F(CurlTransportTest, KnowsThatNothingLeftWithoutTls) {
  const auto post_to = [this](const std::function<void(const RawConnection&)>& reply,
                              milliseconds time = seconds(5)) {
    const RawServer server(
        [&reply](const RawConnection& connection, int /*number*/) { reply(connection); });
    return post({.endpoint = fmt::format("https://127.0.0.1:{}", server.port())}, time);
  };
  const HttpAnswer plain =
      post_to([](const RawConnection& connection) { connection.send("HTTP/1.1 400 No\r\n\r\n"); });
  EXPECT_FALSE(plain.sent) << outcome(plain);
  const HttpAnswer closed = post_to([](const RawConnection& /*connection*/) {});
  EXPECT_FALSE(closed.sent) << outcome(closed);
  const HttpAnswer silent =
      post_to([](const RawConnection& connection) { connection.linger(seconds(5)); }, seconds(1));
  EXPECT_FALSE(silent.sent) << outcome(silent);
  EXPECT_EQ(silent.body.error().code, ErrorCode::kTimeout);
}

TEST_F(CurlTransportTest, TakesARequestForSentOnceThereIsAConnection) {
  const auto post_to = [this](const std::function<void(const RawConnection&)>& reply,
                              milliseconds time = seconds(5)) {
    const RawServer server(
        [&reply](const RawConnection& connection, int /*number*/) { reply(connection); });
    return post({.endpoint = server.url()}, time);
  };
  EXPECT_TRUE(post_to([](const RawConnection& /*connection*/) {}).sent);
  EXPECT_TRUE(post_to([](const RawConnection& connection) { connection.read_head(); }).sent);
  const HttpAnswer silent =
      post_to([](const RawConnection& connection) { connection.linger(seconds(5)); }, seconds(1));
  EXPECT_TRUE(silent.sent);
  EXPECT_EQ(silent.body.error().code, ErrorCode::kTimeout);
  for (const std::string_view reply :
       {"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "what?\r\n\r\n",
        "HTTP/1.1 307 No\r\nLocation: http://host.invalid/\r\nContent-Length: 0\r\n\r\n"}) {
    const HttpAnswer answer = post_to([reply](const RawConnection& connection) {
      connection.read_head();
      connection.send(reply);
    });
    EXPECT_FALSE(answer.body) << reply;
    EXPECT_TRUE(answer.sent) << reply;
  }
}

TEST_F(CurlTransportTest, TakesAGetForSentOverAnyConnection) {
  // The first one is kept, and hung up on in the second request.
  const RawServer server([](const RawConnection& connection, int number) {
    connection.read_head();
    connection.send(kGood);
    if (number == 0) {
      connection.read_head();
    }
  });
  EXPECT_EQ(outcome(ask(server, std::nullopt)), "sent, good");
  EXPECT_EQ(outcome(ask(server, std::nullopt)), "sent, good");
}

TEST_F(CurlTransportTest, TakesARequestForSentThatAProxyHas) {
  const auto post_by = [this](std::string_view scheme, std::string_view reply) {
    const RawServer proxy([reply](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send(reply);
    });
    return post(
        {.endpoint = fmt::format("{}://platform.test", scheme), .proxy = {proxy.url(), {}}});
  };
  for (const std::string_view reply :
       {"", "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 502 No\r\n\r\n",
        "HTTP/1.1 200 Connection established\r\n\r\n", "what?\r\n\r\n"}) {
    EXPECT_TRUE(post_by("http", reply).sent) << reply;
    // The tunnel is refused, or what is at its end has no TLS.
    const HttpAnswer tunnel = post_by("https", reply);
    EXPECT_FALSE(tunnel.sent) << reply << ": " << outcome(tunnel);
    EXPECT_EQ(tunnel.http_status, 0) << reply;
  }
  const test::Listener nobody(SOCK_STREAM, false);
  for (const std::string_view scheme : {"http", "socks5", "socks4"}) {
    const HttpAnswer answer =
        post({.endpoint = "http://127.0.0.1:1",
              .proxy = {fmt::format("{}://127.0.0.1:{}", scheme, nobody.port()), {}}});
    EXPECT_FALSE(answer.sent) << scheme << ": " << outcome(answer);
  }
}

}  // namespace
}  // namespace everai::api
