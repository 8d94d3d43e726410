#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "simulator/connection.hpp"
#include "simulator/scenario.hpp"
#include "simulator/server.hpp"
#include "util/unique_fd.hpp"

namespace everai::simulator {
namespace {

using Json = nlohmann::json;

constexpr Timestamp kStart{std::chrono::seconds{1727602518}};  // 2024-09-29T09:35:18Z
const std::string kWorkers = "/api/apps/v1/namespaces/team-b/apps/whisper/workers";
const httplib::Headers kToken{{"Authorization", "Bearer letmein"}};

ServerOptions options_of(std::string_view scenario, bool paused, double time_factor = 1) {
  Fleets fleets = make_fleets(scenario, {}).value();
  ServerOptions options;
  options.platform.world.start = kStart;
  options.platform.world.apps = std::move(fleets.apps);
  options.platform.world.day_length = fleets.day_length;
  options.platform.paused = paused;
  options.platform.time_factor = time_factor;
  options.platform.token = Secret("letmein");
  return options;
}

/// A running server and a client of it; the client goes first.
struct Pair {
  explicit Pair(ServerOptions options) : server(std::move(options)), started(server.start()) {
    client.emplace("127.0.0.1", server.port());
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
  }

  [[nodiscard]] Json truth() { return Json::parse(client->Get("/simulator/truth")->body); }

  Server server;
  Result<void> started;
  std::optional<httplib::Client> client;
};

/// What came over a connection until it ended, and how it did: 0 is in order.
struct Received {
  std::string bytes;
  int error = 0;
};

/// Asks for a worker over a connection of its own.
Received send_scale_up(int port, bool ipv6) {
  sockaddr_in to4{};
  to4.sin_family = AF_INET;
  to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to4.sin_port = htons(static_cast<std::uint16_t>(port));
  sockaddr_in6 to6{};
  to6.sin6_family = AF_INET6;
  to6.sin6_addr = in6addr_loopback;
  to6.sin6_port = to4.sin_port;
  const auto* const to = ipv6 ? reinterpret_cast<const sockaddr*>(&to6)   // NOLINT(*-cast)
                              : reinterpret_cast<const sockaddr*>(&to4);  // NOLINT(*-cast)
  const UniqueFd client(::socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const std::string request = "POST " + kWorkers +
                              ":scale-up HTTP/1.1\r\nHost: x\r\n"
                              "Authorization: Bearer letmein\r\nContent-Length: 0\r\n\r\n";
  Received received;
  if (::connect(client.get(), to, ipv6 ? sizeof(to6) : sizeof(to4)) != 0 ||
      ::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    received.error = errno;
    return received;
  }
  while (true) {
    std::array<char, 4096> piece{};
    const ssize_t count = ::recv(client.get(), piece.data(), piece.size(), 0);
    if (count <= 0) {
      received.error = count < 0 ? errno : 0;
      return received;
    }
    received.bytes.append(piece.data(), static_cast<std::size_t>(count));
  }
}

TEST(SimulatorServer, ListsWorkersToThoseWithTheToken) {
  Pair pair(options_of("steady", true));
  ASSERT_TRUE(pair.started);
  const auto listing = pair.client->Get(kWorkers, kToken);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->status, 200);
  EXPECT_EQ(listing->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(Json::parse(listing->body)["workers"].size(), 5U);
  const auto refused = pair.client->Get(kWorkers);
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(Json::parse(refused->body)["code"], 16);
}

TEST(SimulatorServer, RefusesUnknownAppsAndMethodsAsTheGatewayDoes) {
  Pair pair(options_of("steady", true));
  const auto unknown =
      pair.client->Get("/api/apps/v1/namespaces/default/apps/nope/workers", kToken);
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(Json::parse(unknown->body),
            Json::parse(R"({"code":5,"message":"app default/nope not found","details":[]})"));
  EXPECT_EQ(pair.client->Get("/")->status, 404);
  EXPECT_EQ(pair.client->Delete(kWorkers.c_str())->status, 501);
}

TEST(SimulatorServer, DatesEveryAnswerInSimulatedTime) {
  Pair pair(options_of("steady", true));
  for (const auto& answer : {pair.client->Get(kWorkers, kToken), pair.client->Get(kWorkers),
                             pair.client->Get("/nothing"), pair.client->Get("/simulator/truth")}) {
    EXPECT_EQ(answer->get_header_value("Date"), "Sun, 29 Sep 2024 09:35:18 GMT");
    EXPECT_EQ(answer->get_header_value_count("Date"), 1U);
  }
}

TEST(SimulatorServer, FreezesAndThawsTime) {
  Pair pair(options_of("churn", false, 3600));
  while (pair.truth()["apps"][0]["success"] == 0) {
  }
  const Json frozen = Json::parse(pair.client->Post("/simulator/pause")->body);
  EXPECT_EQ(frozen["running"], false);
  EXPECT_EQ(pair.truth(), frozen);
  EXPECT_EQ(Json::parse(pair.client->Post("/simulator/resume")->body)["running"], true);
  while (pair.truth()["time"] == frozen["time"]) {
  }
}

TEST(SimulatorServer, TellsATruthThatTheListingsAddUpTo) {
  Pair pair(options_of("churn", true, 3600));
  const auto served = [&pair] {
    const auto history = pair.client->Get(kWorkers + "?showAll=true&recentDays=2", kToken);
    const Json listing = Json::parse(history->body);
    std::uint64_t sum = 0;
    for (const Json& worker : listing["workers"]) {
      sum += worker.value("successCount", 0U);
    }
    return sum;
  };
  const std::uint64_t before = served();
  pair.client->Post("/simulator/resume");
  while (pair.truth()["apps"][2]["success"] < 100) {
  }
  pair.client->Post("/simulator/pause");
  EXPECT_EQ(served() - before, pair.truth()["apps"][2]["success"]);
}

TEST(SimulatorServer, StopsTrafficWhenQuiesced) {
  Pair pair(options_of("churn", false, 3600));
  EXPECT_EQ(pair.client->Post("/simulator/quiesce")->status, 200);
  const auto queue_size = [&pair] {
    return Json::parse(pair.client->Get(kWorkers, kToken)->body).value("queueSize", 0);
  };
  while (queue_size() > 0) {
  }
}

TEST(SimulatorServer, ScalesUpAndDown) {
  Pair pair(options_of("idle", true));
  const auto up = pair.client->Post(kWorkers + ":scale-up", kToken, R"({"scaleUpWorkersNum":"2"})",
                                    "application/json");
  ASSERT_EQ(up->status, 200);
  const Json ids = Json::parse(up->body)["workerIds"];
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(Json::parse(pair.client->Get(kWorkers, kToken)->body)["workers"].size(), 2U);
  const auto down =
      pair.client->Post(kWorkers + ":scale-down", kToken, Json{{"workerIds", {ids[0]}}}.dump(),
                        "application/x-www-form-urlencoded");
  EXPECT_EQ(down->status, 200);
  EXPECT_EQ(down->body, "{}");
  const Json left = Json::parse(pair.client->Get(kWorkers, kToken)->body)["workers"];
  EXPECT_EQ(left[0]["status"], "STATUS_TERMINATING");
  EXPECT_EQ(pair.truth()["apps"][2]["workers_created"], 2);
  EXPECT_EQ(pair.client->Post(kWorkers + ":scale-up")->status, 401);
}

TEST(SimulatorServer, BreaksAnAnswerOff) {
  Pair pair(options_of("steady", true));
  const auto whole = pair.client->Get(kWorkers, kToken);
  ASSERT_EQ(pair.client->Post("/simulator/faults", R"({"truncate":1})", "")->status, 200);
  std::string received;
  const auto answer =
      pair.client->Get(kWorkers, kToken, [&received](const char* data, std::size_t length) {
        received.append(data, length);
        return true;
      });
  EXPECT_FALSE(answer);
  EXPECT_EQ(received, whole->body.substr(0, whole->body.size() / 2));
}

TEST(SimulatorServer, EndsAConnectionWithoutAnAnswer) {
  for (const bool ipv6 : {false, true}) {
    ServerOptions options = options_of("idle", true);
    options.host = ipv6 ? "::1" : "127.0.0.1";
    Server server(std::move(options));
    ASSERT_TRUE(server.start());
    // Another connection of this process, which stays as it is.
    httplib::Client other(ipv6 ? "::1" : "127.0.0.1", server.port());
    other.set_keep_alive(true);
    for (const auto& [name, error] : {std::pair{"close", 0}, std::pair{"reset", ECONNRESET}}) {
      other.Post("/simulator/faults", Json{{"scale-answer", name}}.dump(), "");
      const Received received = send_scale_up(server.port(), ipv6);
      EXPECT_EQ(received.bytes, "") << name;
      EXPECT_EQ(received.error, error) << name;
    }
    const auto truth = other.Get("/simulator/truth");
    ASSERT_TRUE(truth);
    EXPECT_EQ(Json::parse(truth->body)["apps"][2]["scaled_up"], 2);
  }
}

TEST(SimulatorServer, FindsNoConnectionThatIsNotThere) {
  EXPECT_FALSE(end_connection({.remote_address = "127.0.0.1", .remote_port = 1, .local_port = 1},
                              ConnectionEnd::kClosed));
}

TEST(SimulatorServer, LeadsElsewhereAndShowsPages) {
  Pair pair(options_of("idle", true));
  pair.client->Post("/simulator/faults", R"({"scale-answer":"303"})", "");
  const auto moved = pair.client->Post(kWorkers + ":scale-up", kToken, "", "");
  EXPECT_EQ(moved->status, 303);
  EXPECT_EQ(moved->get_header_value("Location"), "https://login.invalid/");
  pair.client->Post("/simulator/faults", R"({"scale-answer":"502-html"})", "");
  const auto page = pair.client->Post(kWorkers + ":scale-up", kToken, "", "");
  EXPECT_EQ(page->status, 502);
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html");
  EXPECT_EQ(page->body, "<html>login</html>");
}

TEST(SimulatorServer, SendsAHugeAnswerWhole) {
  Pair pair(options_of("idle", true));
  pair.client->Post("/simulator/faults", R"({"scale-answer":"huge"})", "");
  const auto answer = pair.client->Post(kWorkers + ":scale-up", kToken, "", "");
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->body.size(), 16UL * 1024 * 1024);
}

TEST(SimulatorServer, TellsHowLongToStayAway) {
  Pair pair(options_of("steady", true));
  pair.client->Post("/simulator/faults", R"({"error-429":1,"retry-after":"7s"})", "");
  const auto answer = pair.client->Get(kWorkers, kToken);
  EXPECT_EQ(answer->status, 429);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "7");
  EXPECT_EQ(Json::parse(answer->body)["code"], 8);
}

TEST(SimulatorServer, AnswersOthersWhileARequestHangsAndLetsItGoAtTheEnd) {
  std::optional<Pair> pair(std::in_place, options_of("steady", true));
  pair->client->Post("/simulator/faults", R"({"app":"team-b/whisper","hang":1})", "");
  httplib::Client hanging("127.0.0.1", pair->server.port());
  hanging.set_read_timeout(std::chrono::milliseconds{200});
  EXPECT_EQ(hanging.Get(kWorkers, kToken).error(), httplib::Error::Read);
  EXPECT_EQ(pair->client->Get("/api/apps/v1/namespaces/default/apps/sd/workers", kToken)->status,
            200);
  const auto before = std::chrono::steady_clock::now();
  pair.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{10});
}

TEST(SimulatorServer, RefusesABodyThatIsTooLarge) {
  Pair pair(options_of("idle", true));
  const auto answer = pair.client->Post(kWorkers + ":scale-up", kToken,
                                        std::string(2UL * 1024 * 1024, ' '), "application/json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(Json::parse(answer->body)["code"], 8);
}

TEST(SimulatorServer, DoesNotShareItsPort) {
  Pair pair(options_of("idle", true));
  ServerOptions options = options_of("idle", true);
  options.port = pair.server.port();
  Server second(std::move(options));
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kSystem);
}

TEST(SimulatorServer, CanBeDestroyedWithoutOrRightAfterItsStart) {
  const Server never_started(options_of("idle", true));
  Server just_started(options_of("idle", true));
  EXPECT_TRUE(just_started.start());
  EXPECT_EQ(just_started.url(), "http://127.0.0.1:" + std::to_string(just_started.port()));
}

}  // namespace
}  // namespace everai::simulator
