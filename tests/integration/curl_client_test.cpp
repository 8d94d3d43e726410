#include "api/curl_client.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netdb.h>
#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/listing.hpp"
#include "support/raw_server.hpp"
#include "support/temp_dir.hpp"

namespace everai::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::RawConnection;
using test::RawServer;

constexpr const char* kToken = "canary-token-7f3a";
/// What a deadline may be missed by on a busy machine under a sanitizer.
constexpr milliseconds kSlack{500};

/// A look-up of `hanging.test` that ends only with this.
class HangingLookup {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
    changed_.notify_all();
  }
  void await_begin() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(5), [this] { return waiting_ > 0; });
  }
  void release() {
    std::unique_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, seconds(5), [this] { return waiting_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};
HangingLookup hanging_lookup;

/// How often `local.test`, which is this machine, was looked up.
std::atomic<int> local_lookups = 0;

/// The system's clocks, and some time more.
class LaterClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return real_.steady_now() + ahead_; }
  [[nodiscard]] Timestamp system_now() const override { return real_.system_now() + ahead_; }
  void advance(seconds by) { ahead_ += by; }

 private:
  SystemClock real_;
  seconds ahead_{0};
};

/// A cpp-httplib server on a free port.
class HttpServer {
 public:
  explicit HttpServer(const std::function<void(httplib::Server&)>& set_up)
      : server_(std::make_unique<httplib::Server>()) {
    run(set_up);
  }
  HttpServer(const std::string& certificate, const std::string& key,
             const std::function<void(httplib::Server&)>& set_up)
      : server_(std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str())) {
    run(set_up);
  }
  /// Demands a certificate of the client that this authority signed.
  HttpServer(const std::string& certificate, const std::string& key, const std::string& authority,
             const std::function<void(httplib::Server&)>& set_up)
      : server_(std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str(),
                                                     authority.c_str())) {
    run(set_up);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  HttpServer(HttpServer&&) = delete;
  HttpServer& operator=(HttpServer&&) = delete;
  ~HttpServer() { server_->stop(); }

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void run(const std::function<void(httplib::Server&)>& set_up) {
    server_->new_task_queue = [] { return new httplib::ThreadPool(64); };
    set_up(*server_);
    port_ = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::jthread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) {
      std::this_thread::yield();
    }
  }

  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::jthread thread_;
};

Account account_for(const std::string& endpoint) {
  return {.endpoint = endpoint, .token = Secret(kToken)};
}

class CurlClientTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    signal(SIGPIPE, SIG_IGN);
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      unsetenv(name);
    }
  }

  std::unique_ptr<Client> make_client(unsigned max_connections = 64) {
    auto client = make_curl_client(
        {.user_agent = "everai_exporter/test", .max_connections = max_connections}, clock_);
    EXPECT_TRUE(client.has_value()) << client.error().message;
    return client ? std::move(*client) : nullptr;
  }

  ListingRequest request(const Account& account, milliseconds time = seconds(5)) {
    return {.id = ++last_id_,
            .app = {"default", "sd"},
            .account = std::make_shared<const Account>(account),
            .deadline = clock_.steady_now() + time};
  }
  ListingRequest request(const std::string& endpoint, milliseconds time = seconds(5)) {
    return request(account_for(endpoint), time);
  }

  /// The answer to a request that is the only one.
  ListingAnswer ask(Client& client, ListingRequest wanted) {
    const std::uint64_t id = wanted.id;
    client.start(std::move(wanted));
    auto answers = client.wait(clock_.steady_now() + seconds(10));
    EXPECT_EQ(answers.size(), 1U);
    if (answers.empty()) {
      return {0, ListingKind::kLive, 0, std::nullopt, fail(ErrorCode::kSystem, "no answer at all")};
    }
    EXPECT_EQ(answers[0].id, id);
    return std::move(answers[0]);
  }
  ListingAnswer ask(const Account& account, milliseconds time = seconds(5)) {
    return ask(*make_client(), request(account, time));
  }
  ListingAnswer ask(const std::string& endpoint, milliseconds time = seconds(5)) {
    return ask(account_for(endpoint), time);
  }
  /// The same from a server that runs this script.
  ListingAnswer ask_script(std::function<void(const RawConnection&, int)> script,
                           milliseconds time = seconds(5)) {
    const RawServer server(std::move(script));
    return ask(server.url(), time);
  }

  SystemClock clock_;
  std::uint64_t last_id_ = 0;
};

std::string outcome(const ListingAnswer& answer) {
  return answer.body ? "good" : std::string(reason_of(answer.body.error().code));
}

std::string message(const ListingAnswer& answer) {
  return answer.body ? "" : answer.body.error().message;
}

std::function<void(httplib::Server&)> replies(int status, const std::string& body) {
  return [status, body](httplib::Server& server) {
    server.Get(".*", [status, body](const httplib::Request& /*request*/, httplib::Response& reply) {
      reply.status = status;
      reply.set_content(body, "application/json");
    });
  };
}

std::string ok_reply(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_F(CurlClientTest, BringsTheBodyAndTheDate) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send(
        "HTTP/1.1 200 OK\r\nDATE: Sun, 29 Sep 2024 09:35:18 GMT\r\nContent-Length: 2\r\n\r\n{}");
  });
  ASSERT_EQ(outcome(answer), "good") << message(answer);
  EXPECT_EQ(answer.http_status, 200);
  EXPECT_EQ(answer.body->text.view(), "{}");
  EXPECT_EQ(answer.body->date, Timestamp(seconds(1727602518)));
}

TEST_F(CurlClientTest, SendsTokenUserAgentAndAnEncodedPath) {
  std::string head;
  const RawServer server([&head](const RawConnection& connection, int /*number*/) {
    head = connection.read_head();
    connection.send(ok_reply("{}"));
  });
  auto client = make_client();
  auto wanted = request(server.url() + "/prefix");
  wanted.app = {"a b/\xC3\xBC", ".."};
  wanted.kind = ListingKind::kHistory;
  wanted.recent_days = 3;
  const auto answer = ask(*client, wanted);
  ASSERT_EQ(outcome(answer), "good") << message(answer);
  EXPECT_EQ(answer.kind, ListingKind::kHistory);
  EXPECT_TRUE(
      head.starts_with("GET /prefix/api/apps/v1/namespaces/a%20b%2F%C3%BC/apps/%2E%2E/"
                       "workers?showAll=true&recentDays=3 HTTP/1.1\r\n"))
      << head;
  EXPECT_NE(head.find("\r\nAuthorization: Bearer canary-token-7f3a\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nUser-Agent: everai_exporter/test\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nAccept: application/json\r\n"), std::string::npos);
  EXPECT_NE(head.find("gzip"), std::string::npos);
}

TEST_F(CurlClientTest, SendsNoTokenIfThereIsNone) {
  std::string head;
  const RawServer server([&head](const RawConnection& connection, int /*number*/) {
    head = connection.read_head();
    connection.send(ok_reply("{}"));
  });
  EXPECT_EQ(outcome(ask(Account{.endpoint = server.url()})), "good");
  EXPECT_EQ(head.find("Authorization"), std::string::npos);
}

TEST_F(CurlClientTest, SendsNothingWithoutAUsableToken) {
  std::atomic<int> connections = 0;
  const RawServer server(
      [&](const RawConnection& /*connection*/, int /*number*/) { ++connections; });
  const test::TempDir dir;
  const Account account{.endpoint = server.url(), .token_file = dir / "token"};
  const auto gone = ask(account);
  EXPECT_EQ(outcome(gone), "unauthorized");
  EXPECT_EQ(message(gone),
            "GET workers (live): token file " + account.token_file + ": No such file or directory");
  test::write_file(account.token_file, "a\r\nX-Evil: 1");
  EXPECT_EQ(outcome(ask(account)), "unauthorized");
  EXPECT_EQ(connections, 0);
}

TEST_F(CurlClientTest, TellsWhatAnErrorAnswerSays) {
  const std::map<int, std::string> reasons{
      {401, "unauthorized"}, {402, "payment_required"}, {403, "forbidden"},    {404, "not_found"},
      {429, "rate_limited"}, {500, "server_error"},     {503, "server_error"}, {511, "blocked"}};
  for (const auto& [status, reason] : reasons) {
    const HttpServer server(replies(status, R"({"code":16,"message":"token expired"})"));
    const auto answer = ask(server.url());
    EXPECT_EQ(outcome(answer), reason);
    EXPECT_EQ(answer.http_status, status);
    EXPECT_EQ(message(answer),
              "GET workers (live): status " + std::to_string(status) + ": token expired (code 16)");
  }
}

TEST_F(CurlClientTest, JudgesAnErrorAnswerByItsStatusHoweverItsBodyEnds) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 99999\r\n\r\n" +
                    std::string(9999, 'x'));
  });
  EXPECT_EQ(outcome(answer), "rate_limited");
  EXPECT_EQ(answer.body.error().retry_after, seconds(7));
}

TEST_F(CurlClientTest, ReadsRetryAfterWithinBounds) {
  const auto retry_after = [this](const std::string& header) {
    const auto answer = ask_script([header](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send("HTTP/1.1 503 Busy\r\n" + header + "Content-Length: 0\r\n\r\n");
    });
    return answer.body.error().retry_after;
  };
  EXPECT_EQ(retry_after("Retry-After: 120\r\n"), seconds(120));
  EXPECT_EQ(retry_after(""), std::nullopt);
  EXPECT_EQ(retry_after("Retry-After: -5\r\n"), std::nullopt);
  EXPECT_EQ(retry_after("Retry-After: Sun, 29 Sep 2024 09:35:18 GMT\r\n"), std::nullopt);
  constexpr seconds kDay = std::chrono::hours(24);
  for (const char* huge :
       {"999999999999", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
    EXPECT_EQ(retry_after(std::string("Retry-After: ") + huge + "\r\n"), kDay) << huge;
  }
  for (const char* other : {"", "0", "000", "soon", "1.5", "+5", "0x10", "60 s", "1e3", "60, 120",
                            "\xFF", "GMT", "Mon", "10:00", "-99999999999999999999999"}) {
    EXPECT_EQ(retry_after(std::string("Retry-After: ") + other + "\r\n"), std::nullopt) << other;
  }
  EXPECT_EQ(retry_after("RETRY-AFTER:\t 0060 \r\n"), seconds(60));
  EXPECT_EQ(retry_after("Retry-After: 60\r\nRetry-After: soon\r\nRetry-After: 30\r\n"),
            seconds(60));
}

TEST_F(CurlClientTest, ReadsADateOfRetryAfterByTheClockOfTheAnswer) {
  const auto retry_after = [this](const std::string& headers) {
    const auto answer = ask_script([headers](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send("HTTP/1.1 103 Early Hints\r\nRetry-After: 5\r\n\r\nHTTP/1.1 429 Slow\r\n" +
                      headers + "Content-Length: 0\r\n\r\n");
    });
    return answer.body.error().retry_after;
  };
  const std::string date = "Retry-After: Sun, 29 Sep 2024 09:36:18 GMT\r\n";
  EXPECT_EQ(retry_after(date + "Date: Sun, 29 Sep 2024 09:35:18 GMT\r\n"), seconds(60));
  EXPECT_EQ(retry_after("Date: Sun, 29 Sep 2024 09:36:18 GMT\r\n" + date), std::nullopt);
  EXPECT_EQ(retry_after("Date: Sun, 29 Sep 2024 10:36:18 GMT\r\n" + date), std::nullopt);
  EXPECT_EQ(retry_after(date + "Date: never\r\n"), std::nullopt) << "long ago by our clock";
  EXPECT_EQ(retry_after(date), std::nullopt) << "long ago by our clock";
  const Timestamp soon = clock_.system_now() + seconds(100);
  const auto wait = retry_after("Retry-After: " + render_http_date(soon) + "\r\n");
  EXPECT_GE(wait, seconds(90));
  EXPECT_LE(wait, seconds(101));
}

TEST_F(CurlClientTest, PassesOnABodyThatIsNoJson) {
  const HttpServer server(replies(200, "no JSON"));
  const auto answer = ask(server.url());
  ASSERT_EQ(outcome(answer), "good");
  EXPECT_EQ(parse_listing(answer.body->text).error().code, ErrorCode::kPayload);
}

TEST_F(CurlClientTest, BringsTheBodyAfterAByteOrderMarkWhole) {
  const std::string body =
      "\xEF\xBB\xBF{\"workers\":[{\"id\":\"a\"}]" + std::string(100'000, ' ') + "}";
  const HttpServer server(replies(200, body));
  const auto answer = ask(server.url());
  ASSERT_EQ(outcome(answer), "good") << message(answer);
  EXPECT_EQ(answer.body->text.view(), body);
}

TEST_F(CurlClientTest, BringsTheSecretsThatAnErrorWithStatus200MayRepeat) {
  const HttpServer server(
      replies(200, std::string(R"({"code":16,"message":"bad token )") + kToken + R"("})"));
  const auto answer = ask(server.url());
  ASSERT_EQ(outcome(answer), "good") << message(answer);
  EXPECT_EQ(parse_listing(answer.body->text, answer.body->secrets).error().message,
            "the answer is an error: code 16: bad token <secret>");
}

TEST_F(CurlClientTest, TakesADateFromTheYear10000OnForNone) {
  const auto date_of = [this](const std::string& date) {
    const auto answer = ask_script([&date](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send("HTTP/1.1 200 OK\r\nDate: " + date + "\r\nContent-Length: 2\r\n\r\n{}");
    });
    EXPECT_EQ(outcome(answer), "good") << message(answer);
    return answer.body ? answer.body->date : std::nullopt;
  };
  EXPECT_EQ(date_of("Fri, 31 Dec 9999 23:59:59 GMT"), kTimeLimit - seconds(1));
  for (const char* date :
       {"Fri, 31 Dec 9999 23:59:60 GMT", "Fri, 31 Dec 9999 23:59:59 -0100",
        "Fri, 31 Dec 10000 00:00:00 GMT", "Fri, 31 Dec 2100000000 00:00:00 GMT"}) {
    EXPECT_EQ(date_of(date), std::nullopt) << date;
  }
}

TEST_F(CurlClientTest, SaysThatAPageAnsweredInPlaceOfThePlatform) {
  const std::string page = std::string("<html><title>Sign in, ") + kToken + "</title></html>";
  const auto ask_for_page = [&](int status) {
    const HttpServer server(replies(status, page));
    return ask(server.url());
  };
  const auto welcome = ask_for_page(200);
  EXPECT_EQ(outcome(welcome), "parse");
  EXPECT_EQ(message(welcome),
            "GET workers (live): an HTML page (\"Sign in, <secret>\") in place of the platform's "
            "answer");
  for (const int status : {401, 403, 404, 511}) {
    const auto answer = ask_for_page(status);
    EXPECT_EQ(outcome(answer), "blocked") << status;
    EXPECT_EQ(message(answer), "GET workers (live): status " + std::to_string(status) +
                                   ": an HTML page (\"Sign in, <secret>\")");
  }
}

TEST_F(CurlClientTest, TellsAProxyThatWantsAPasswordFromARefusedToken) {
  const auto ask_over = [this](const std::string& endpoint, const std::string& status) {
    const RawServer proxy([status](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send("HTTP/1.1 " + status +
                      " No\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
    });
    Account account = account_for(endpoint);
    account.proxy.url = proxy.url();
    return ask(account);
  };
  const auto plain = ask_over("http://platform.test", "407");
  EXPECT_EQ(outcome(plain), "proxy_auth");
  EXPECT_EQ(message(plain),
            "GET workers (live): status 407: the proxy asks for a user and a password");
  const auto tunnel = ask_over("https://platform.test", "407");
  EXPECT_EQ(outcome(tunnel), "proxy_auth") << message(tunnel);
  EXPECT_TRUE(
      message(tunnel).starts_with("GET workers (live): the proxy asks for a user and a password: "))
      << message(tunnel);
  EXPECT_EQ(tunnel.http_status, 0) << "it is not the platform's";
  for (const char* status : {"302", "400", "403", "511"}) {
    EXPECT_EQ(outcome(ask_over("https://platform.test", status)), "blocked") << status;
  }
  for (const char* status : {"500", "502", "504"}) {
    EXPECT_EQ(outcome(ask_over("https://platform.test", status)), "connect") << status;
  }
}

TEST_F(CurlClientTest, RefusesATruncatedBody) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}");
  });
  EXPECT_EQ(outcome(answer), "parse") << message(answer);
}

TEST_F(CurlClientTest, RefusesATruncatedChunkedBody) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
  });
  EXPECT_EQ(outcome(answer), "parse") << message(answer);
}

TEST_F(CurlClientTest, RefusesWhatIsNotHttp) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
  });
  EXPECT_EQ(outcome(answer), "parse") << message(answer);
}

TEST_F(CurlClientTest, RefusesABrokenContentEncoding) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd");
  });
  EXPECT_EQ(outcome(answer), "parse") << message(answer);
}

TEST_F(CurlClientTest, SaysThatAClosedPortRefuses) {
  int port = 0;
  {
    const RawServer gone([](const RawConnection& /*connection*/, int /*number*/) {});
    port = gone.port();
  }
  const auto answer = ask("http://127.0.0.1:" + std::to_string(port));
  EXPECT_EQ(outcome(answer), "connect") << message(answer);
  EXPECT_EQ(answer.http_status, 0);
}

TEST_F(CurlClientTest, SaysThatAServerHungUp) {
  const auto answer =
      ask_script([](const RawConnection& connection, int /*number*/) { connection.read_head(); });
  EXPECT_EQ(outcome(answer), "connect") << message(answer);
}

TEST_F(CurlClientTest, AnswersAPassedDeadlineWithoutSending) {
  std::atomic<int> connections = 0;
  const RawServer server(
      [&](const RawConnection& /*connection*/, int /*number*/) { ++connections; });
  EXPECT_EQ(outcome(ask(server.url(), milliseconds(0))), "timeout");
  EXPECT_EQ(connections, 0);
}

/// Asks with a deadline of 300 ms and expects it to hold.
#define EXPECT_TIMEOUT(asked)                                 \
  do {                                                        \
    const SteadyTime begin = clock_.steady_now();             \
    const auto answer = (asked);                              \
    const auto took = clock_.steady_now() - begin;            \
    EXPECT_EQ(outcome(answer), "timeout") << message(answer); \
    EXPECT_GE(took, milliseconds(250));                       \
    EXPECT_LE(took, milliseconds(300) + kSlack);              \
  } while (false)

TEST_F(CurlClientTest, HoldsTheDeadlineIfNoAnswerComes) {
  EXPECT_TIMEOUT(ask_script(
      [](const RawConnection& connection, int /*number*/) { connection.linger(seconds(10)); },
      milliseconds(300)));
}

TEST_F(CurlClientTest, HoldsTheDeadlineIfTheAnswerDrips) {
  for (const std::string start : {"", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\n\r\n"}) {
    EXPECT_TIMEOUT(ask_script(
        [start](const RawConnection& connection, int /*number*/) {
          connection.read_head();
          connection.send(start);
          const std::string drip =
              start.empty() ? "HTTP/1.1 200 aaaaaaaaaaaaaaaaaaaa" : std::string(40, 'a');
          for (const char byte : drip) {
            if (!connection.send({&byte, 1})) {
              return;
            }
            connection.linger(milliseconds(50));
          }
        },
        milliseconds(300)));
  }
}

TEST_F(CurlClientTest, HoldsTheDeadlineIfTheTlsHandshakeHangs) {
  const RawServer server(
      [](const RawConnection& connection, int /*number*/) { connection.linger(seconds(10)); });
  EXPECT_TIMEOUT(ask("https://127.0.0.1:" + std::to_string(server.port()), milliseconds(300)));
}

TEST_F(CurlClientTest, HoldsTheDeadlineOfARequestThatWaitsForAConnection) {
  const RawServer server(
      [](const RawConnection& connection, int /*number*/) { connection.linger(seconds(10)); });
  auto client = make_client(1);
  client->start(request(server.url(), seconds(9)));
  EXPECT_TIMEOUT(ask(*client, request(server.url(), milliseconds(300))));
}

TEST_F(CurlClientTest, HoldsTheDeadlineAndEndsAtOnceIfTheNameServerHangs) {
  auto client = make_client();
  EXPECT_TIMEOUT(ask(*client, request("http://hanging.test", milliseconds(300))));
  client->start(request("http://hanging.test", seconds(9)));
  EXPECT_TRUE(client->wait(clock_.steady_now() + milliseconds(50)).empty());
  hanging_lookup.await_begin();
  const SteadyTime begin = clock_.steady_now();
  client.reset();
  EXPECT_LE(clock_.steady_now() - begin, kSlack);
  hanging_lookup.release();
}

TEST_F(CurlClientTest, LooksAddressesUpAgainWhenRenewed) {
  const HttpServer server(replies(200, "{}"));
  const std::string endpoint = "http://local.test:" + std::to_string(server.port());
  auto client = make_client();
  EXPECT_EQ(outcome(ask(*client, request(endpoint))), "good");
  EXPECT_EQ(outcome(ask(*client, request(endpoint))), "good");
  EXPECT_EQ(local_lookups, 1);
  client->renew();
  EXPECT_EQ(outcome(ask(*client, request(endpoint))), "good");
  EXPECT_EQ(local_lookups, 2);
}

TEST_F(CurlClientTest, RefusesALongStatusLine) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 " + std::string(1024UL * 1024, 'a') + "\r\n\r\n{}");
  });
  EXPECT_EQ(outcome(answer), "too_large") << message(answer);
}

TEST_F(CurlClientTest, RefusesAFloodOfHeaders) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Flood: " + std::string(1000, 'a') + "\r\n")) {
    }
  });
  EXPECT_EQ(outcome(answer), "too_large");
  EXPECT_EQ(message(answer), "GET workers (live): header over 256 KiB");
}

TEST_F(CurlClientTest, RefusesABodyThatIsAnnouncedTooLarge) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 536870912\r\n\r\n");
    connection.linger(seconds(5));
  });
  EXPECT_EQ(outcome(answer), "too_large") << message(answer);
}

TEST_F(CurlClientTest, RefusesABodyThatGrowsTooLarge) {
  const auto answer = ask_script([](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(65536, ' '))) {
    }
  });
  EXPECT_EQ(outcome(answer), "too_large") << message(answer);
}

TEST_F(CurlClientTest, RefusesABodyThatUnpacksTooLarge) {
  std::string bomb;
  httplib::detail::gzip_compressor compressor;
  const std::string spaces(kMaxBodyBytes + 1, ' ');
  compressor.compress(spaces.data(), spaces.size(), true, [&bomb](const char* data, size_t size) {
    bomb.append(data, size);
    return true;
  });
  ASSERT_LT(bomb.size(), 20000U);
  const auto answer = ask_script([&bomb](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                    std::to_string(bomb.size()) + "\r\n\r\n" + bomb);
    connection.linger(seconds(5));
  });
  EXPECT_EQ(outcome(answer), "too_large");
  EXPECT_EQ(message(answer), "GET workers (live): body over 16 MiB");
}

TEST_F(CurlClientTest, DoesNotFollowARedirect) {
  std::atomic<int> visits = 0;
  const RawServer other([&](const RawConnection& /*connection*/, int /*number*/) { ++visits; });
  const std::string target = "http://user:secret@localhost:" + std::to_string(other.port());
  const auto answer = ask_script([target](const RawConnection& connection, int /*number*/) {
    connection.read_head();
    connection.send("HTTP/1.1 302 Found\r\nLocation: " + target +
                    "/x\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_EQ(outcome(answer), "redirect");
  EXPECT_EQ(message(answer), "GET workers (live): status 302: redirect to localhost not followed");
  EXPECT_EQ(visits, 0);
}

TEST_F(CurlClientTest, TakesForARedirectWhatLeadsSomewhere) {
  const auto ask_for = [this](const std::string& line, const std::string& headers) {
    return ask_script([line, headers](const RawConnection& connection, int /*number*/) {
      connection.read_head();
      connection.send("HTTP/1.1 " + line + "\r\n" + headers + "Content-Length: 0\r\n\r\n");
    });
  };
  for (const char* line : {"301 Moved", "303 See", "307 Temporary", "308 Permanent"}) {
    EXPECT_EQ(outcome(ask_for(line, "Location: /login\r\n")), "redirect") << line;
  }
  const auto nowhere = ask_for("302 Found", "");
  EXPECT_EQ(outcome(nowhere), "server_error");
  EXPECT_EQ(message(nowhere), "GET workers (live): status 302");
  EXPECT_EQ(outcome(ask_for("403 No", "Location: https://login.test/\r\n")), "forbidden");
  for (const char* odd : {"http://[bad/", "//", "", "javascript:alert(1)", "http://\x01/"}) {
    const auto answer = ask_for("302 Found", std::string("Location: ") + odd + "\r\n");
    EXPECT_NE(outcome(answer), "good") << odd;
    EXPECT_TRUE(message(answer).starts_with("GET workers (live): status 302")) << message(answer);
  }
}

TEST_F(CurlClientTest, KeepsConnectionsAndRetriesOnAFreshOneWhenTheServerHasClosedThem) {
  std::atomic<int> connections = 0;
  const RawServer server([&](const RawConnection& connection, int /*number*/) {
    ++connections;
    // Two answers, then the end without a word.
    for (int i = 0; i < 2; ++i) {
      connection.read_head();
      connection.send(ok_reply("{}"));
    }
    connection.read_head();
  });
  auto client = make_client();
  for (int i = 0; i < 6; ++i) {
    const auto answer = ask(*client, request(server.url()));
    EXPECT_EQ(outcome(answer), "good") << i << message(answer);
  }
  EXPECT_EQ(connections, 3);
}

TEST_F(CurlClientTest, HoldsManyRequestsOpenAtOnce) {
  const RawServer server([](const RawConnection& connection, int /*number*/) {
    while (!connection.read_head().empty()) {
      connection.linger(milliseconds(200));
      connection.send(ok_reply("{}"));
    }
  });
  auto client = make_client();
  const SteadyTime begin = clock_.steady_now();
  for (int i = 0; i < 50; ++i) {
    client->start(request(server.url()));
  }
  std::size_t good = 0;
  while (good < 50 && clock_.steady_now() - begin < seconds(6)) {
    for (const auto& answer : client->wait(begin + seconds(6))) {
      EXPECT_EQ(outcome(answer), "good") << message(answer);
      ++good;
    }
  }
  EXPECT_EQ(good, 50U);
  EXPECT_LT(clock_.steady_now() - begin, seconds(2));
}

TEST_F(CurlClientTest, WakesUp) {
  auto client = make_client();
  const SteadyTime begin = clock_.steady_now();
  client->wake();
  EXPECT_TRUE(client->wait(begin + seconds(8)).empty()) << "woken before the wait";
  const std::jthread waker([&client, begin] {
    while (std::chrono::steady_clock::now() - begin < milliseconds(100)) {
      std::this_thread::yield();
    }
    client->wake();
  });
  EXPECT_TRUE(client->wait(begin + seconds(8)).empty()) << "woken in the wait";
  EXPECT_LT(clock_.steady_now() - begin, milliseconds(100) + kSlack);
}

TEST_F(CurlClientTest, WaitsUntilTheTimeAndNoLonger) {
  auto client = make_client();
  const SteadyTime begin = clock_.steady_now();
  EXPECT_TRUE(client->wait(begin + milliseconds(100)).empty());
  EXPECT_GE(clock_.steady_now() - begin, milliseconds(100));
  EXPECT_LE(clock_.steady_now() - begin, milliseconds(100) + kSlack);
}

TEST_F(CurlClientTest, SendsEachAccountsTokenOverTheConnectionThatTheyShare) {
  std::string heads;
  const RawServer server([&heads](const RawConnection& connection, int /*number*/) {
    for (int i = 0; i < 3; ++i) {
      heads += connection.read_head();
      connection.send(ok_reply("{}"));
    }
  });
  const auto client = make_client();
  for (const char* token : {"first-token", "", "second-token"}) {
    const auto answer = ask(*client, request({.endpoint = server.url(), .token = Secret(token)}));
    EXPECT_EQ(outcome(answer), "good") << message(answer);
  }
  const std::size_t first = heads.find("Bearer first-token\r\n");
  const std::size_t second = heads.find("Bearer second-token\r\n");
  EXPECT_LT(first, second);
  EXPECT_NE(second, std::string::npos);
  EXPECT_EQ(heads.find("Bearer", first + 1), second);
}

TEST_F(CurlClientTest, TakesANewTokenOfAFileAtOnce) {
  std::string heads;
  const RawServer server([&heads](const RawConnection& connection, int /*number*/) {
    for (int i = 0; i < 2; ++i) {
      heads += connection.read_head();
      connection.send(ok_reply("{}"));
    }
  });
  const test::TempDir dir;
  test::write_file(dir / "old", "old-token\n");
  test::write_file(dir / "new", "new-token\r\n");
  std::filesystem::create_symlink(dir / "old", dir / "token");
  const auto client = make_client();
  const Account account{.endpoint = server.url(), .token_file = dir / "token"};
  EXPECT_EQ(outcome(ask(*client, request(account))), "good");
  std::filesystem::create_symlink(dir / "new", dir / "next");
  std::filesystem::rename(dir / "next", dir / "token");
  EXPECT_EQ(outcome(ask(*client, request(account))), "good");
  EXPECT_NE(heads.find("Bearer old-token\r\n"), std::string::npos);
  EXPECT_NE(heads.find("Bearer new-token\r\n"), std::string::npos);
}

TEST_F(CurlClientTest, DoesNotShowTheTokenToATunnellingProxy) {
  std::string seen;
  const RawServer proxy([&seen](const RawConnection& connection, int /*number*/) {
    seen = connection.read_head();
    connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
    connection.linger(milliseconds(100));
  });
  Account account = account_for("https://platform.test");
  account.proxy.url = proxy.url();
  const auto answer = ask(account, seconds(2));
  EXPECT_EQ(outcome(answer), "tls") << message(answer);
  EXPECT_TRUE(seen.starts_with("CONNECT platform.test:443 HTTP/1.1\r\n")) << seen;
  EXPECT_EQ(seen.find("canary"), std::string::npos);
}

TEST_F(CurlClientTest, LeavesTheProxysPasswordOutOfMessages) {
  Account account = account_for("https://platform.test");
  account.proxy = {"http://127.0.0.1:1", Secret("user:canary-password")};
  const auto answer = ask(account);
  EXPECT_EQ(outcome(answer), "connect");
  EXPECT_EQ(message(answer).find("canary"), std::string::npos) << message(answer);
}

/// Certificates made by the openssl command line, in a folder of their own.
class CurlClientTlsTest : public CurlClientTest {
 protected:
  static void SetUpTestSuite() {
    CurlClientTest::SetUpTestSuite();
    std::string name = (std::filesystem::temp_directory_path() / "everai-tls-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    const std::string script = R"(cd ')" + name + R"(' && (
      set -e
      ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
               -subj "/CN=$1" -keyout $1.key -out $1.pem; }
      sign() { openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                 -extfile $1.ext -out $1.pem "${@:2}"; }
      leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
                 -keyout $1.key -out $1.csr
               printf "subjectAltName=$2\n" > $1.ext
               sign $1 -days 2; }
      ca ca; ca other
      leaf good IP:127.0.0.1; leaf client DNS:client.test; leaf wrong DNS:elsewhere.test; leaf star 'DNS:*'
      leaf expired IP:127.0.0.1
      # Newer versions take dates, older ones a negative number of days.
      sign expired -not_before 20200101000000Z -not_after 20200102000000Z || sign expired -days -1
    ) > log 2>&1)";
    std::ofstream(name + "/make.sh") << script;
    ASSERT_EQ(std::system(("bash '" + name + "/make.sh'").c_str()), 0);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::string file(const std::string& name) { return folder_ + "/" + name; }

  static Account tls_account(const HttpServer& server, const std::string& authority) {
    Account account = account_for("https://127.0.0.1:" + std::to_string(server.port()));
    account.authorities_pem = test::read_file(file(authority + ".pem"));
    return account;
  }

  ListingAnswer ask_tls(const std::string& certificate, const std::string& authority) {
    const HttpServer server(file(certificate + ".pem"), file(certificate + ".key"),
                            replies(200, "{}"));
    return ask(tls_account(server, authority));
  }

  inline static std::string folder_;
};

TEST_F(CurlClientTlsTest, TakesAGoodCertificate) {
  const auto answer = ask_tls("good", "ca");
  EXPECT_EQ(outcome(answer), "good") << message(answer);
}

TEST_F(CurlClientTlsTest, RefusesAnUnknownAuthority) {
  const auto answer = ask_tls("good", "other");
  EXPECT_EQ(outcome(answer), "tls") << message(answer);
}

TEST_F(CurlClientTlsTest, RefusesACertificateForAnotherName) {
  EXPECT_EQ(outcome(ask_tls("wrong", "ca")), "tls");
  EXPECT_EQ(outcome(ask_tls("star", "ca")), "tls");
}

TEST_F(CurlClientTlsTest, RefusesAnExpiredCertificate) {
  const auto answer = ask_tls("expired", "ca");
  EXPECT_EQ(outcome(answer), "tls") << message(answer);
}

TEST_F(CurlClientTlsTest, ShowsItsOwnCertificate) {
  const HttpServer server(file("good.pem"), file("good.key"), file("ca.pem"), replies(200, "{}"));
  Account account = tls_account(server, "ca");
  EXPECT_NE(outcome(ask(account)), "good");
  account.certificate_pem = test::read_file(file("client.pem"));
  account.key_pem = Secret(test::read_file(file("client.key")));
  const auto answer = ask(account);
  EXPECT_EQ(outcome(answer), "good") << message(answer);
}

TEST_F(CurlClientTlsTest, KeepsTheAuthoritiesOfAccountsApart) {
  const HttpServer server(file("good.pem"), file("good.key"), replies(200, "{}"));
  const auto client = make_client();
  EXPECT_EQ(outcome(ask(*client, request(tls_account(server, "ca")))), "good");
  EXPECT_EQ(outcome(ask(*client, request(tls_account(server, "other")))), "tls");
  EXPECT_EQ(outcome(ask(*client, request(tls_account(server, "ca")))), "good");
}

TEST_F(CurlClientTlsTest, TellsWhetherARequestLeft) {
  const auto sent = [this](const Account& account) {
    const auto transport = CurlTransport::make({.user_agent = "test/1"}, clock_).value();
    transport->start({.id = 1,
                      .account = std::make_shared<const Account>(account),
                      .title = "POST it",
                      .target = "/path",
                      .json = "{}",
                      .deadline = clock_.steady_now() + seconds(5)});
    return transport->wait(clock_.steady_now() + seconds(10)).at(0).sent;
  };
  const HttpServer good(file("good.pem"), file("good.key"), replies(200, "{}"));
  EXPECT_TRUE(sent(tls_account(good, "ca")));
  EXPECT_FALSE(sent(tls_account(good, "other")));
  for (const std::string certificate : {"wrong", "star", "expired"}) {
    const HttpServer server(file(certificate + ".pem"), file(certificate + ".key"),
                            replies(200, "{}"));
    EXPECT_FALSE(sent(tls_account(server, "ca"))) << certificate;
  }
}

TEST_F(CurlClientTlsTest, UsesReplacedFilesAndNoConnectionMadeWithTheOld) {
  const HttpServer server(file("good.pem"), file("good.key"), file("ca.pem"), replies(200, "{}"));
  const test::TempDir dir;
  const auto put = [&dir](const std::string& name, const std::string& text) {
    test::write_file(dir / name, text);
  };
  Account account = tls_account(server, "ca");
  for (const auto& [name, from] :
       {std::pair("ca.pem", "ca.pem"), std::pair("cert.pem", "client.pem"),
        std::pair("key.pem", "client.key")}) {
    put(name, test::read_file(file(from)));
  }
  account.authorities_file = dir / "ca.pem";
  account.certificate_file = dir / "cert.pem";
  account.key_file = dir / "key.pem";
  account.certificate_pem = test::read_file(file("client.pem"));
  account.key_pem = Secret(test::read_file(file("client.key")));
  const auto shared = std::make_shared<const Account>(account);
  LaterClock clock;
  auto client = make_curl_client(
      {.user_agent = "everai_exporter/test", .follow_certificate_files = true}, clock);
  ASSERT_TRUE(client) << client.error().message;
  const auto ask_later = [&] {
    clock.advance(seconds(2));
    ListingRequest wanted = request(account);
    wanted.account = shared;
    wanted.deadline = clock.steady_now() + seconds(5);
    (*client)->start(std::move(wanted));
    auto answers = (*client)->wait(clock.steady_now() + seconds(10));
    return answers.size() == 1 ? outcome(answers[0]) : "no answer";
  };
  EXPECT_EQ(ask_later(), "good");
  put("ca.pem", test::read_file(file("other.pem")));
  EXPECT_EQ(ask_later(), "tls") << "the kept connection was made with the old one";
  put("ca.pem", test::read_file(file("ca.pem")));
  EXPECT_EQ(ask_later(), "good");
  // Signed by an authority that the server does not know.
  put("cert.pem", test::read_file(file("other.pem")));
  EXPECT_EQ(ask_later(), "good") << "a certificate without its key is not used";
  put("key.pem", test::read_file(file("other.key")));
  EXPECT_NE(ask_later(), "good");
  std::filesystem::remove(dir / "key.pem");
  EXPECT_NE(ask_later(), "good") << "what was read last stays in use";
  put("cert.pem", test::read_file(file("client.pem")));
  put("key.pem", test::read_file(file("client.key")));
  EXPECT_EQ(ask_later(), "good");
}

TEST_F(CurlClientTest, RefusesAServerWithoutTls) {
  const RawServer server([](const RawConnection& connection, int /*number*/) {
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.linger(milliseconds(100));
  });
  const auto answer = ask("https://127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(outcome(answer), "tls") << message(answer);
}

}  // namespace

void wait_for_hanging_lookup() {
  hanging_lookup.wait();
}

void count_local_lookup() {
  ++local_lookups;
}

}  // namespace everai::api

/// Stands before the C library's, so that a test has a name server that hangs.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  if (node != nullptr && std::string_view(node) == "hanging.test") {
    everai::api::wait_for_hanging_lookup();
    return EAI_AGAIN;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node != nullptr && std::string_view(node) == "local.test") {
    everai::api::count_local_lookup();
    node = "127.0.0.1";
  }
  return real(node, service, hints, result);
}
