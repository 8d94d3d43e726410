#include <fcntl.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/listener.hpp"
#include "web/server.hpp"

namespace everai::web {
namespace {

/// A server on the loopback, and a client to it.
class WebServerTest : public testing::Test {
 protected:
  [[nodiscard]] httplib::Client client() const {
    return httplib::Client("127.0.0.1", server->port());
  }

  std::shared_ptr<const std::string> page =
      std::make_shared<const std::string>(std::string(5'000'000, 'x') + "\n");
  Handlers handlers{{.metrics_page = [this] { return page; },
                     .healthy = [] { return true; },
                     .ready = [] { return false; }}};
  std::unique_ptr<Server> server = Server::start("127.0.0.1", 0, handlers).value();
};

TEST_F(WebServerTest, ServesAWholePage) {
  const auto response = client().Get("/metrics");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(response->body, *page);
}

TEST_F(WebServerTest, IgnoresTheQuery) {
  EXPECT_EQ(client().Get("/metrics?collect[]=x")->status, 200);
}

TEST_F(WebServerTest, AnswersHeadWithoutABody) {
  const auto response = client().Head("/metrics");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
  EXPECT_EQ(response->get_header_value("Content-Length"), std::to_string(page->size()));
}

TEST_F(WebServerTest, PassesStatusesOn) {
  EXPECT_EQ(client().Get("/-/ready")->status, 503);
  EXPECT_EQ(client().Get("/nothing")->status, 404);
}

TEST_F(WebServerTest, RefusesOtherMethods) {
  auto requests = client();
  for (const auto& response :
       {requests.Post("/metrics", "x", "text/plain"), requests.Put("/metrics", "x", "text/plain"),
        requests.Delete("/metrics"), requests.Options("/metrics")}) {
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 405);
    EXPECT_EQ(response->get_header_value("Allow"), "GET, HEAD");
  }
}

TEST_F(WebServerTest, TakesNoPortThatIsTaken) {
  const auto second = Server::start("127.0.0.1", server->port(), handlers);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kSystem);
  EXPECT_EQ(second.error().message,
            "listen on 127.0.0.1:" + std::to_string(server->port()) + ": Address already in use");
}

TEST_F(WebServerTest, ListensOnBothFamiliesWithoutAHost) {
  const auto everywhere = Server::start("", 0, handlers).value();
  httplib::Client four("127.0.0.1", everywhere->port());
  EXPECT_EQ(four.Get("/-/healthy")->status, 200);
  httplib::Client six("::1", everywhere->port());
  if (const auto response = six.Get("/-/healthy")) {
    EXPECT_EQ(response->status, 200);
  } else {
    GTEST_SKIP() << "this machine has no IPv6 loopback";
  }
}

TEST_F(WebServerTest, EndsSoonWhileConnectionsAreIdle) {
  auto kept = client();
  kept.set_keep_alive(true);
  ASSERT_EQ(kept.Get("/-/healthy")->status, 200);
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
}

TEST_F(WebServerTest, CutsOffNoResponseAtItsEnd) {
  // More than the sockets hold: the end comes while the response is being written.
  page = std::make_shared<const std::string>(32UL * 1024 * 1024, 'x');
  std::atomic<bool> begun = false;
  std::atomic<bool> ending = false;
  std::size_t received = 0;
  auto slow = client();
  std::jthread scrape([&] {
    static_cast<void>(slow.Get("/metrics", [&](const char* /*data*/, std::size_t bytes) {
      begun = true;
      ending.wait(false);
      received += bytes;
      return true;
    }));
  });
  while (!begun) {
    std::this_thread::yield();
  }
  auto other = client();
  const std::jthread end([this] { server.reset(); });
  while (other.Get("/-/healthy")) {
    std::this_thread::yield();
  }
  ending = true;
  ending.notify_all();
  scrape.join();
  EXPECT_EQ(received, page->size());
}

/// A server on a socket that this test opened, and keeps open.
class SharedWebServerTest : public WebServerTest {
 protected:
  void SetUp() override { restart(); }
  /// Replaces the server: the old one ends first.
  void restart() {
    server.reset();
    server = Server::start(UniqueFd(::fcntl(listener.fd(), F_DUPFD_CLOEXEC, 0)), handlers).value();
  }

  const test::Listener listener{SOCK_STREAM | SOCK_NONBLOCK};
};

TEST_F(SharedWebServerTest, ServesOnIt) {
  EXPECT_EQ(server->port(), listener.port());
  EXPECT_EQ(client().Get("/metrics")->body, *page);
}

TEST_F(SharedWebServerTest, LetsWhoeverComesBetweenTwoServersWait) {
  server.reset();
  std::atomic<int> status = 0;
  const std::jthread scrape([&] {
    const auto response = httplib::Client("127.0.0.1", listener.port()).Get("/-/healthy");
    status = response ? response->status : -1;
  });
  while (!listener.has_pending()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(status, 0);
  restart();
  while (status == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(status, 200);
}

TEST_F(SharedWebServerTest, LosesNoRequestOverRestarts) {
  std::atomic<bool> over = false;
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  const auto scrape = [&] {
    while (!over) {
      const auto response = httplib::Client("127.0.0.1", listener.port()).Get("/-/healthy");
      ++(response && response->status == 200 ? good : bad);
    }
  };
  const std::jthread one(scrape);
  const std::jthread other(scrape);
  for (int round = 1; round <= 5; ++round) {
    const int before = good;
    while (good < before + 20 && bad == 0) {
      std::this_thread::yield();
    }
    restart();
  }
  over = true;
  EXPECT_EQ(bad, 0);
}

TEST_F(SharedWebServerTest, EndsSoonWhileConnectionsAreIdle) {
  auto kept = client();
  kept.set_keep_alive(true);
  ASSERT_EQ(kept.Get("/-/healthy")->status, 200);
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
}

/// A client that asks on and on over one connection, whatever the answers say.
class InsistentClient {
 public:
  InsistentClient(UniqueFd connection, std::string request)
      : connection_(std::move(connection)), request_(std::move(request)) {}

  void wait_for_answers(int count) const {
    while (answers_ < count) {
      std::this_thread::yield();
    }
  }

 private:
  void ask() {
    std::array<char, 4096> answer{};
    while (::send(connection_.get(), request_.data(), request_.size(), MSG_NOSIGNAL) > 0 &&
           ::recv(connection_.get(), answer.data(), answer.size(), 0) > 0) {
      ++answers_;
    }
  }

  const UniqueFd connection_;
  const std::string request_;
  std::atomic<int> answers_ = 0;
  std::jthread thread_{[this] { ask(); }};
};

/// Requests that are answered in different ways: by us and by the library.
const std::array<std::string, 5> kInsistentRequests{
    "GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n",
    "HEAD /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n",
    "POST /-/healthy HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", "GET / HTTP/7.7\r\n\r\n",
    "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: test\r\n\r\n"};

TEST_F(WebServerTest, EndsSoonUnderClientsThatDoNotCloseWhenAsked) {
  std::vector<std::unique_ptr<InsistentClient>> clients;
  for (const std::string& request : kInsistentRequests) {
    clients.push_back(std::make_unique<InsistentClient>(test::connect_to(server->port()), request));
  }
  for (const auto& client : clients) {
    client->wait_for_answers(10);
  }
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
}

TEST_F(SharedWebServerTest, EndsSoonUnderClientsThatDoNotCloseWhenAsked) {
  std::vector<std::unique_ptr<InsistentClient>> clients;
  for (const std::string& request : kInsistentRequests) {
    clients.push_back(std::make_unique<InsistentClient>(listener.connect(), request));
  }
  for (const auto& client : clients) {
    client->wait_for_answers(10);
  }
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{4});
}

/// Asks once for a page. @return how many bytes came before the connection ended.
std::size_t scraped_bytes(int port) {
  const UniqueFd connection = test::connect_to(port);
  constexpr std::string_view kRequest =
      "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  std::size_t received = 0;
  if (connection && ::send(connection.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 65536> piece{};
    ssize_t bytes = 0;
    while ((bytes = ::recv(connection.get(), piece.data(), piece.size(), 0)) > 0) {
      received += static_cast<std::size_t>(bytes);
    }
  }
  return received;
}

TEST_F(WebServerTest, GivesWholeResponsesOrNoneWhileItEnds) {
  page = std::make_shared<const std::string>(10'000, 'x');
  std::atomic<int> port = server->port();
  std::atomic<int> whole = 0;
  std::atomic<int> torn = 0;
  std::atomic<bool> over = false;
  const auto scrape = [&] {
    while (!over) {
      // A connection that nobody has accepted gets nothing.
      if (const std::size_t bytes = scraped_bytes(port); bytes > 0) {
        ++(bytes > page->size() ? whole : torn);
      }
    }
  };
  {
    const std::jthread one(scrape);
    const std::jthread other(scrape);
    for (int round = 1; round <= 50; ++round) {
      const int before = whole;
      while (whole < before + 20) {
        std::this_thread::yield();
      }
      server.reset();
      server = Server::start("127.0.0.1", 0, handlers).value();
      port = server->port();
    }
    over = true;
  }
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace everai::web
