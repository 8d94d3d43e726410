#include "poll/poller.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/fake_client.hpp"
#include "support/fake_clock.hpp"

namespace everai::poll {
namespace {

using namespace std::chrono_literals;
using api::ListingKind;
using test::FakeClient;
using test::FakeClock;
using Reply = FakeClient::Reply;

/// A poller on fake time, in front of a platform that a test writes as a function.
class PollerTest : public testing::Test {
 protected:
  using Platform = std::function<Reply(const api::ListingRequest&)>;

  void make(const std::vector<api::AppRef>& apps, Platform platform, PollerOptions options = {},
            PollerHooks hooks = {}) {
    make_with(config_of(apps), std::move(platform), options, std::move(hooks));
  }
  void make_with(const config::Config& config, Platform platform, PollerOptions options = {},
                 PollerHooks hooks = {}) {
    client = std::make_unique<FakeClient>(clock, std::move(platform));
    poller = std::make_unique<Poller>(options, std::move(hooks), config, *client, clock, store);
  }

  /// The apps of one account, with the usual settings.
  static config::Config config_of(const std::vector<api::AppRef>& apps) {
    const auto account = std::make_shared<const api::Account>(api::Account{.endpoint = "http://a"});
    config::Config config;
    for (const api::AppRef& app : apps) {
      config.apps.push_back({.app = app, .account = account});
    }
    return config;
  }

  void run_for(std::chrono::milliseconds time) {
    const SteadyTime end = clock.steady_now() + time;
    while (clock.steady_now() < end) {
      poller->turn();
    }
  }

  [[nodiscard]] const state::AppSnapshot& shown(std::size_t index = 0) const {
    snapshots = store.snapshots();
    return *snapshots.at(index);
  }

  [[nodiscard]] std::uint64_t failures(ErrorCode code, std::size_t index = 0) const {
    return shown(index).failures.at(static_cast<std::size_t>(code));
  }

  FakeClock clock;
  std::unique_ptr<FakeClient> client;
  state::SnapshotStore store;
  std::unique_ptr<Poller> poller;
  mutable std::vector<std::shared_ptr<const state::AppSnapshot>> snapshots;
};

tl::unexpected<Error> refused() {
  return everai::fail(ErrorCode::kConnect, "refused");
}

std::int64_t lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

constexpr const char* kOneFree =
    R"({"workers":[{"id":"a","status":"STATUS_RUNNING","detailStatus":"DETAIL_STATUS_FREE"}]})";

TEST_F(PollerTest, PollsEveryAppAtOnceWithBothListings) {
  make({{"default", "a"}, {"default", "b"}}, [](const auto&) { return Reply{kOneFree}; });
  run_for(1ms);
  EXPECT_TRUE(store.all_polled());
  EXPECT_EQ(shown(0).up, true);
  EXPECT_EQ(shown(1).up, true);
  ASSERT_EQ(client->requests.size(), 4U);
  std::map<std::string, std::vector<ListingKind>> kinds;
  for (const auto& request : client->requests) {
    kinds[request.app.name].push_back(request.kind);
    EXPECT_EQ(request.recent_days, 1U);
  }
  EXPECT_EQ(kinds["a"], (std::vector{ListingKind::kLive, ListingKind::kHistory}));
  EXPECT_EQ(kinds["b"], (std::vector{ListingKind::kLive, ListingKind::kHistory}));
}

TEST_F(PollerTest, PollsOnceAnIntervalAndNeverOverlapsItself) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.delay = 4s}; });
  run_for(1h);
  EXPECT_NEAR(static_cast<double>(client->requests.size()), 2 * 120, 3);
  EXPECT_EQ(client->most_open, 1U);
}

TEST_F(PollerTest, HoldsOneDeadlineOverBothListings) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.delay = 6s}; });
  const SteadyTime start = clock.steady_now();
  while (!store.all_polled()) {
    poller->turn();
  }
  EXPECT_EQ(clock.steady_now() - start, 10s);
  ASSERT_EQ(client->requests.size(), 2U);
  EXPECT_EQ(client->requests[0].deadline, client->requests[1].deadline);
  EXPECT_EQ(shown().up, true) << "the live listing came in time";
  EXPECT_EQ(shown().history.up, false);
  EXPECT_EQ(failures(ErrorCode::kTimeout), 1U);
}

TEST_F(PollerTest, ShowsNothingOfAnAppBeforeItsFirstGoodPoll) {
  make({{"default", "a"}},
       [](const auto&) { return Reply{.body = fail(ErrorCode::kConnect, "refused")}; });
  EXPECT_EQ(shown().up, std::nullopt);
  run_for(1ms);
  EXPECT_EQ(shown().up, false);
  EXPECT_EQ(shown().counters, nullptr);
  EXPECT_EQ(shown().fleet, nullptr);
  EXPECT_EQ(shown().last_success, std::nullopt);
}

TEST_F(PollerTest, KeepsAnAppsTroubleFromTheOthers) {
  make({{"default", "bad"}, {"default", "good"}}, [](const api::ListingRequest& request) {
    return request.app.name == "bad" ? Reply{.body = "<html>"} : Reply{kOneFree};
  });
  run_for(5min);
  EXPECT_EQ(shown(0).up, false);
  EXPECT_GT(failures(ErrorCode::kPayload, 0), 0U);
  EXPECT_EQ(shown(1).up, true);
  EXPECT_EQ(shown(1).failures, (decltype(shown(1).failures){}));
  EXPECT_GE(*shown(1).last_success, clock.system_now() - 31s);
}

TEST_F(PollerTest, SaysWhichListingFailed) {
  for (const bool history : {false, true}) {
    make({{"default", "a"}}, [history](const api::ListingRequest& request) {
      return Reply{(request.kind == ListingKind::kHistory) == history ? "[]" : kOneFree};
    });
    run_for(1ms);
    const auto& failure = history ? shown().history.failure : shown().failure;
    ASSERT_TRUE(failure);
    EXPECT_TRUE(failure->message.starts_with(history ? "GET workers (history): body is"
                                                     : "GET workers (live): body is"))
        << failure->message;
  }
}

TEST_F(PollerTest, KeepsTheOthersOnTimeWhileManyAppsHang) {
  std::vector<api::AppRef> apps{{"default", "good"}};
  for (int i = 0; i < 100; ++i) {
    apps.push_back({"default", "hangs-" + std::to_string(i)});
  }
  make(apps, [](const api::ListingRequest& request) {
    return request.app.name == "good" ? Reply{kOneFree} : Reply{.delay = 1h};
  });
  run_for(2min);
  for (int second = 0; second < 600; ++second) {
    run_for(1s);
    ASSERT_GE(*shown(0).last_success, clock.system_now() - 61s);
  }
}

TEST_F(PollerTest, OpensNoMorePollsThanAllowed) {
  std::vector<api::AppRef> apps;
  for (int i = 0; i < 50; ++i) {
    apps.push_back({"default", std::to_string(i)});
  }
  PollerOptions options;
  options.max_open_polls = 8;
  make(
      apps, [](const auto&) { return Reply{.delay = 100ms}; }, options);
  run_for(10s);
  EXPECT_TRUE(store.all_polled());
  EXPECT_EQ(client->most_open, 8U);
}

TEST_F(PollerTest, FailedPollKeepsTheGaugesUntilTheyAreTooOld) {
  bool broken = false;
  make({{"default", "a"}}, [&broken](const auto&) {
    return broken ? Reply{.body = fail(ErrorCode::kServerError, "status 500")} : Reply{kOneFree};
  });
  run_for(1ms);
  const SteadyTime good_until = clock.steady_now() + 90s;
  broken = true;
  run_for(60s);
  EXPECT_EQ(shown().up, false);
  ASSERT_NE(shown().fleet, nullptr);
  EXPECT_LE(shown().fresh_until, good_until);
  EXPECT_NE(shown().counters, nullptr);
}

TEST_F(PollerTest, NotFoundDropsTheGaugesAtOnceAndKeepsTheCounters) {
  bool gone = false;
  make({{"default", "a"}}, [&gone](const auto&) {
    return gone ? Reply{.body = fail(ErrorCode::kNotFound, "status 404")} : Reply{kOneFree};
  });
  run_for(1ms);
  gone = true;
  run_for(60s);
  EXPECT_EQ(shown().fleet, nullptr);
  EXPECT_NE(shown().counters, nullptr);
  EXPECT_GT(failures(ErrorCode::kNotFound), 0U);
}

TEST_F(PollerTest, CountsWhatWasServedWhileItCouldNotPoll) {
  std::string body = R"({"workers":[{"id":"a","successCount":10}]})";
  bool broken = false;
  make({{"default", "a"}}, [&](const auto&) {
    return broken ? Reply{.body = fail(ErrorCode::kConnect, "refused")} : Reply{body};
  });
  run_for(1ms);
  broken = true;
  run_for(10min);
  body = R"({"workers":[{"id":"a","successCount":60}]})";
  broken = false;
  run_for(10min);
  EXPECT_EQ(shown().up, true);
  EXPECT_EQ(shown().counters->requests, 50U);
}

TEST_F(PollerTest, LeavesAFailingAppAloneForLongerAndLonger) {
  make({{"default", "a"}},
       [](const auto&) { return Reply{.body = fail(ErrorCode::kConnect, "refused")}; });
  run_for(1h);
  const std::size_t in_first_hour = client->requests.size();
  EXPECT_LT(in_first_hour, 22U);
  EXPECT_GE(in_first_hour, 12U);
}

TEST_F(PollerTest, SendsNothingBeforeRetryAfterIsOver) {
  make({{"default", "a"}}, [](const auto&) {
    return Reply{.body = tl::unexpected(Error{ErrorCode::kRateLimited, "status 429", 100s})};
  });
  run_for(99s);
  EXPECT_EQ(client->requests.size(), 1U);
  run_for(60s);
  EXPECT_EQ(client->requests.size(), 2U);
}

TEST_F(PollerTest, ShowsUntilWhenItIsAskedForQuietAlsoBeyondWhatItObeys) {
  int polls = 0;
  make({{"default", "a"}}, [&polls](const api::ListingRequest& request) {
    polls += request.kind == ListingKind::kLive ? 1 : 0;
    return polls == 1
               ? Reply{.body = tl::unexpected(Error{ErrorCode::kServerError, "status 503", 24h})}
               : Reply{kOneFree};
  });
  const Timestamp begin = clock.system_now();
  run_for(59min);
  EXPECT_EQ(polls, 1);
  EXPECT_EQ(shown().failure->quiet_until, begin + 24h);
  run_for(2min);
  EXPECT_GT(polls, 1);
  EXPECT_FALSE(shown().failure);
}

TEST_F(PollerTest, AsksForNoQuietOfItsOwn) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.body = refused()}; });
  run_for(1min);
  EXPECT_FALSE(shown().failure->quiet_until);
}

TEST_F(PollerTest, JudgesAgesByThePlatformsClock) {
  // The platform's clock is an hour ahead: a worker created "now" there is new, not from the
  // future.
  int poll = 0;
  make({{"default", "a"}}, [&](const api::ListingRequest& request) {
    poll += request.kind == ListingKind::kLive ? 1 : 0;
    const Timestamp platform_now = clock.system_now() - 1h;
    Reply reply{.date = platform_now};
    if (poll > 1) {
      reply.body = R"({"workers":[{"id":"new","successCount":5,"createdAt":")" +
                   render_rfc3339(platform_now - 10s) + R"("}]})";
    }
    return reply;
  });
  run_for(50s);
  EXPECT_EQ(shown().counters->requests, 5U);
}

TEST_F(PollerTest, TellsHowFarOurClockIsAheadOfThePlatforms) {
  make({{"default", "a"}},
       [&](const auto&) { return Reply{.body = R"({})", .date = clock.system_now() - 20min}; });
  run_for(1ms);
  EXPECT_EQ(shown().clock_offset, 20min);
}

TEST_F(PollerTest, TellsWhichRevisionsAreNewOnce) {
  int poll = 0;
  make({{"default", "a"}}, [&](const api::ListingRequest& request) {
    poll += request.kind == ListingKind::kLive ? 1 : 0;
    const std::string old = R"({"id":"a","appRevision":"r1"})";
    const std::string next = R"({"id":"b","appRevision":"r2"})";
    return Reply{R"({"workers":[)" + old + (poll > 1 ? "," + next : "") + "]}"};
  });
  run_for(1ms);
  EXPECT_TRUE(shown().new_series.revisions.empty()) << "the first counters are all at 0";
  run_for(30s);
  EXPECT_EQ(shown().new_series.revisions, (std::vector<std::string>{"r2"}));
  run_for(30s);
  EXPECT_TRUE(shown().new_series.revisions.empty());
}

TEST_F(PollerTest, TellsWhichRevisionsAreNewAfterARestart) {
  state::AppMemory kept;
  kept.watch_began = clock.system_now() - 1h;
  kept.last_poll = clock.system_now() - 1min;
  kept.counters.revisions = {{.revision = "r1", .requests = 5}};
  make({{"default", "a"}},
       [&](const auto&) {
         return Reply{
             R"({"workers":[{"id":"a","appRevision":"r1"},{"id":"b","appRevision":"r2"}]})"};
       },
       {}, {.configure = [&](const std::set<state::AppKey>& apps) {
         return state::AppMemories{{*apps.begin(), kept}};
       }});
  run_for(1ms);
  EXPECT_EQ(shown().new_series.revisions, (std::vector<std::string>{"r2"}));
}

TEST_F(PollerTest, CountsRecordsThatCouldNotBeRead) {
  make({{"default", "a"}}, [](const auto&) {
    return Reply{R"({"workers":[{"id":"a"},{"id":5},{"id":"b","successCount":true}]})"};
  });
  run_for(1ms);
  EXPECT_EQ(shown().up, true);
  EXPECT_EQ(shown().skipped_workers, 4U) << "two in each listing";
  EXPECT_EQ(shown().fleet->by_status[0], 1U);
}

TEST_F(PollerTest, FailsThePollIfNoWorkerCouldBeRead) {
  make({{"default", "a"}}, [](const auto&) { return Reply{R"({"workers":[{"id":5}]})"}; });
  run_for(1ms);
  EXPECT_EQ(shown().up, false);
  EXPECT_EQ(shown().failure->message,
            "GET workers (live): none of its 1 worker can be read: field id has a wrong type");
}

TEST_F(PollerTest, FailsThePollIfTheAnswerIsAnError) {
  make({{"default", "a"}},
       [](const auto&) { return Reply{R"({"code":16,"message":"token expired"})"}; });
  run_for(1ms);
  EXPECT_EQ(shown().up, false);
  EXPECT_EQ(shown().failure->message,
            "GET workers (live): the answer is an error: code 16: token expired");
}

TEST_F(PollerTest, ReportsFieldsThatCouldNotBeRead) {
  std::map<std::string, std::uint64_t, std::less<>> fields;
  PollerHooks hooks;
  hooks.on_unreadable_field = [&](std::string_view field, std::uint64_t count) {
    fields[std::string(field)] += count;
  };
  make(
      {{"default", "a"}},
      [](const auto&) {
        return Reply{R"({"workers":[{"id":"a","memory":"16Gi"},{"id":"b","memory":-1}],)"
                     R"("queueSize":{}})"};
      },
      {}, hooks);
  run_for(1ms);
  const std::map<std::string, std::uint64_t, std::less<>> want{{"memory", 4}, {"queueSize", 2}};
  EXPECT_EQ(fields, want) << "in each of the two listings";
  EXPECT_EQ(shown().fleet->by_status[0], 2U);
}

TEST_F(PollerTest, ReportsEveryAnswer) {
  std::map<std::pair<ListingKind, int>, int> answers;
  PollerHooks hooks;
  hooks.on_answer = [&](const api::ListingAnswer& answer) {
    ++answers[{answer.kind, answer.http_status}];
  };
  make(
      {{"default", "a"}}, [](const auto&) { return Reply{}; }, {}, std::move(hooks));
  run_for(1ms);
  EXPECT_EQ((answers[{ListingKind::kLive, 200}]), 1);
  EXPECT_EQ((answers[{ListingKind::kHistory, 200}]), 1);
}

TEST_F(PollerTest, ReportsEnumValuesThatItDoesNotKnow) {
  std::map<std::string, int> fields;
  PollerHooks hooks;
  hooks.on_unknown_enum_value = [&](std::string_view field) { ++fields[std::string(field)]; };
  make(
      {{"default", "a"}},
      [](const auto&) {
        return Reply{R"({"workers":[{"id":"a","status":"STATUS_HIBERNATING","detailStatus":99}]})"};
      },
      {}, std::move(hooks));
  run_for(1ms);
  EXPECT_EQ(fields, (std::map<std::string, int>{{"status", 2}, {"detailStatus", 2}}));
  EXPECT_EQ(shown().fleet->by_state[static_cast<std::size_t>(state::WorkerState::kUnknown)], 1U);
}

TEST_F(PollerTest, ReportsHowFarThePlatformsClockIsAhead) {
  std::chrono::microseconds skew{0};
  PollerHooks hooks;
  hooks.on_clock_skew = [&](std::chrono::microseconds value) { skew = value; };
  make(
      {{"default", "a"}}, [this](const auto&) { return Reply{.date = clock.system_now() + 42s}; },
      {}, std::move(hooks));
  run_for(1ms);
  EXPECT_EQ(skew, 42s);
}

TEST_F(PollerTest, ReportsHowLatePollsStart) {
  std::vector<std::chrono::milliseconds> lags;
  PollerOptions options;
  options.max_open_polls = 1;
  PollerHooks hooks;
  hooks.on_lag = [&](std::chrono::milliseconds lag) { lags.push_back(lag); };
  make(
      {{"default", "a"}, {"default", "b"}}, [](const auto&) { return Reply{.delay = 2s}; }, options,
      std::move(hooks));
  run_for(5s);
  EXPECT_EQ(lags, (std::vector<std::chrono::milliseconds>{0ms, 4s}));
}

TEST_F(PollerTest, ReportsWorkersThatEnterAnError) {
  bool broken = false;
  std::vector<std::string> devices;
  PollerHooks hooks;
  hooks.on_worker_error = [&](std::string_view device) { devices.emplace_back(device); };
  make(
      {{"default", "a"}},
      [&](const auto&) {
        return Reply{broken
                         ? R"({"workers":[{"id":"a","deviceId":"host","status":"STATUS_ERROR"}]})"
                         : R"({"workers":[{"id":"a","deviceId":"host"}]})"};
      },
      {}, std::move(hooks));
  run_for(1ms);
  broken = true;
  run_for(5min);
  EXPECT_EQ(devices, (std::vector<std::string>{"host"}));
}

TEST_F(PollerTest, StopWakesTheClient) {
  make({{"default", "a"}}, [](const auto&) { return Reply{}; });
  std::stop_source stop;
  stop.request_stop();
  poller->run(stop.get_token());
  EXPECT_EQ(client->wakes, 1);
}

/// A listing of one worker that was there before the watch, with this many good requests.
std::string listing_with(std::uint64_t requests, std::string_view status = "STATUS_RUNNING") {
  return fmt::format(
      R"({{"workers":[{{"id":"a","status":"{}","deviceId":"host-1","successCount":{}}}]}})", status,
      requests);
}

/// Notes keepings, which are done up to `done`.
struct FakeKeeper {
  std::vector<bool> urgent;
  std::uint64_t done = 0;
  std::vector<std::string> errored_devices;

  PollerHooks hooks() {
    return {.keep =
                [this](const state::AppKey&, const state::Reduced&, bool now) {
                  urgent.push_back(now);
                  return std::uint64_t{urgent.size()};
                },
            .kept = [this] { return done; },
            .on_worker_error =
                [this](std::string_view device) { errored_devices.emplace_back(device); }};
  }
};

TEST_F(PollerTest, ShowsWhatAPollCountedOnceItIsKept) {
  FakeKeeper keeper;
  std::uint64_t requests = 0;
  make(
      {{"default", "a"}}, [&](const auto&) { return Reply{listing_with(requests)}; }, {},
      keeper.hooks());
  run_for(1ms);
  EXPECT_EQ(shown().up, true);
  EXPECT_NE(shown().fleet, nullptr) << "gauges need not be kept";
  EXPECT_EQ(shown().counters, nullptr);

  keeper.done = 1;
  const std::uint64_t version = store.version();
  poller->turn();
  EXPECT_GT(store.version(), version) << "it is not the next poll that shows it";
  ASSERT_NE(shown().counters, nullptr);
  EXPECT_EQ(shown().counters->requests, 0U);

  for (requests = 10; keeper.urgent.size() < 3; requests += 10) {
    run_for(30s);
  }
  EXPECT_EQ(shown().counters->requests, 0U);
  keeper.done = 2;
  poller->turn();
  EXPECT_EQ(shown().counters->requests, 10U) << "the third poll is not kept yet";
  keeper.done = 3;
  poller->turn();
  EXPECT_EQ(shown().counters->requests, 20U);
}

TEST_F(PollerTest, WaitsWithAKeepingUnlessItIsAnAppsFirstOrOfALaunch) {
  FakeKeeper keeper;
  std::string launch = "2024-09-29T09:00:00Z";
  make(
      {{"default", "a"}},
      [&](const auto&) {
        return Reply{R"({"workers":[{"id":"a","launchAt":")" + launch + R"("}]})"};
      },
      {}, keeper.hooks());
  run_for(1ms);
  keeper.done = 1;
  run_for(60s);
  launch = "2024-09-29T09:30:00Z";
  const std::size_t before = keeper.urgent.size();
  run_for(60s);
  ASSERT_GE(before, 2U);
  ASSERT_GT(keeper.urgent.size(), before);
  EXPECT_TRUE(keeper.urgent[0]);
  EXPECT_FALSE(keeper.urgent[1]);
  EXPECT_TRUE(keeper.urgent[before]);
}

TEST_F(PollerTest, TellsOfAWorkersErrorOnceItIsKept) {
  FakeKeeper keeper;
  std::string_view status = "STATUS_RUNNING";
  make(
      {{"default", "a"}}, [&](const auto&) { return Reply{listing_with(0, status)}; }, {},
      keeper.hooks());
  run_for(1ms);
  keeper.done = 1;
  status = "STATUS_ERROR";
  run_for(60s);
  EXPECT_TRUE(keeper.errored_devices.empty());
  keeper.done = 100;
  poller->turn();
  EXPECT_EQ(keeper.errored_devices, std::vector<std::string>{"host-1"});
}

TEST_F(PollerTest, RemindsOfATroubleOnceAnHour) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.body = refused()}; });
  testing::internal::CaptureStderr();
  run_for(1h - 1min);
  EXPECT_EQ(lines(testing::internal::GetCapturedStderr()), 1);
  testing::internal::CaptureStderr();
  run_for(10min);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines(log), 1) << log;
  EXPECT_NE(log.find("poll still fails"), std::string::npos) << log;
}

TEST_F(PollerTest, SaysOfTwoHundredAppsWithoutATokenInOneLine) {
  std::vector<api::AppRef> apps;
  for (int i = 0; i < 200; ++i) {
    apps.push_back({"default", std::to_string(i)});
  }
  make(apps, [](const auto&) {
    return Reply{.body = everai::fail(ErrorCode::kUnauthorized, "GET workers: status 401")};
  });
  testing::internal::CaptureStderr();
  run_for(50min);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines(log), 1) << log;
  EXPECT_NE(log.find(R"(level=warn msg="polls failed" apps="200: default/0, default/1, )"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find(R"( more" reason=unauthorized error="GET workers: status 401" )"),
            std::string::npos)
      << log;
}

TEST_F(PollerTest, SaysARecoveryOnceItHasLasted) {
  bool broken = true;
  make({{"default", "a"}},
       [&](const auto&) { return broken ? Reply{.body = refused()} : Reply{kOneFree}; });
  run_for(10s);
  broken = false;
  testing::internal::CaptureStderr();
  while (shown().up != true) {
    poller->turn();
  }
  run_for(10s);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  run_for(1min);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines(log), 1) << log;
  EXPECT_NE(log.find(R"(level=info msg="poll works again" app=default/a failed_polls=1)"),
            std::string::npos)
      << log;
}

TEST_F(PollerTest, SaysWhatWaitsOnlyWhenTheEndComes) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.body = refused()}; });
  testing::internal::CaptureStderr();
  poller->turn();
  EXPECT_EQ(failures(ErrorCode::kConnect), 1U);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  poller->flush_log();
  poller->flush_log();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines(log), 1) << log;
}

TEST_F(PollerTest, SaysNothingMoreOfAnAppThatAReloadTakesAway) {
  make({{"default", "a"}, {"default", "b"}}, [](const auto&) { return Reply{.body = refused()}; });
  testing::internal::CaptureStderr();
  poller->turn();
  EXPECT_EQ(failures(ErrorCode::kConnect), 1U);
  const std::future<bool> done = poller->reconfigure(config_of({{"default", "b"}}));
  run_for(2h);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("default/a"), std::string::npos) << log;
  EXPECT_NE(log.find("default/b"), std::string::npos) << log;
}

TEST_F(PollerTest, TellsForHowLongAndWhyAnAppFails) {
  bool broken = true;
  make({{"default", "a"}},
       [&](const auto&) { return broken ? Reply{.body = refused()} : Reply{kOneFree}; });
  run_for(5min);
  ASSERT_TRUE(shown().failure);
  EXPECT_EQ(shown().failure->code, ErrorCode::kConnect);
  EXPECT_EQ(shown().failure->message, "refused");
  EXPECT_EQ(shown().failure->since, FakeClock::kStart);
  broken = false;
  run_for(5min);
  EXPECT_FALSE(shown().failure);
}

TEST_F(PollerTest, TellsWhenItPollsNext) {
  make({{"default", "a"}}, [](const auto&) { return Reply{kOneFree}; });
  EXPECT_EQ(shown().next_poll, clock.steady_now());
  run_for(1ms);
  const SteadyTime next = shown().next_poll.value();
  EXPECT_GT(next, clock.steady_now());
  while (client->requests.size() == 2) {
    poller->turn();
  }
  EXPECT_EQ(clock.steady_now(), next);
}

/// An app whose history listing fails while `error` says so.
class HistoryTest : public PollerTest {
 protected:
  void make_app(PollerHooks hooks = {}) {
    const auto platform = [this](const api::ListingRequest& request) {
      if (request.kind == ListingKind::kLive) {
        return Reply{live};
      }
      return error ? Reply{.body = tl::unexpected(*error)} : Reply{history};
    };
    make({{"default", "a"}}, platform, {}, std::move(hooks));
  }

  [[nodiscard]] std::int64_t asked(ListingKind kind) const {
    return std::count_if(client->requests.begin(), client->requests.end(),
                         [kind](const auto& request) { return request.kind == kind; });
  }

  /// The fleet as a page shows it now; an empty one if it shows none.
  [[nodiscard]] state::FleetView visible() const {
    const state::FleetView* fleet = fresh_fleet(shown(), clock.steady_now());
    return fleet == nullptr ? state::FleetView{} : *fleet;
  }
  [[nodiscard]] std::uint64_t in_error() const { return visible().by_state.at(0); }

  static constexpr const char* kLive =
      R"({"queueSize":3,"workers":[{"id":"a","status":"STATUS_RUNNING","successCount":10}]})";
  std::string live = kLive;
  std::string history = R"({"workers":[{"id":"a","status":"STATUS_RUNNING","successCount":10},)"
                        R"({"id":"e","status":"STATUS_ERROR","appRevision":"r2"}]})";
  std::optional<Error> error = Error{ErrorCode::kServerError, "status 500"};
};

TEST_F(HistoryTest, LetsAPollSucceedOnTheLiveListingAlone) {
  make_app();
  const Timestamp begin = clock.system_now();
  run_for(1ms);
  EXPECT_TRUE(store.all_polled());
  EXPECT_EQ(shown().up, true);
  EXPECT_FALSE(shown().failure);
  EXPECT_EQ(shown().last_success, begin);
  EXPECT_EQ(shown().fleet->queue_size, 3U);
  EXPECT_FALSE(shown().fleet->history_known);
  EXPECT_EQ(shown().history.up, false);
  EXPECT_EQ(shown().history.failure->code, ErrorCode::kServerError);
  EXPECT_EQ(shown().history.failure->since, begin);
  EXPECT_EQ(shown().history.last_success, std::nullopt);
  EXPECT_EQ(failures(ErrorCode::kServerError), 1U);

  live = R"({"workers":[{"id":"a","successCount":25}]})";
  run_for(60s);
  EXPECT_EQ(shown().counters->requests, 15U);

  error.reset();
  run_for(2min);
  EXPECT_EQ(shown().history.up, true);
  EXPECT_FALSE(shown().history.failure);
  EXPECT_GE(*shown().history.last_success, clock.system_now() - 31s);
  EXPECT_TRUE(shown().fleet->history_known);
}

TEST_F(HistoryTest, FailsThePollIfTheLiveListingFails) {
  make({{"default", "a"}}, [](const auto&) { return Reply{.body = refused()}; });
  EXPECT_EQ(shown().history.up, std::nullopt);
  run_for(1ms);
  EXPECT_EQ(shown().up, false);
  EXPECT_EQ(shown().history.up, false);
  EXPECT_FALSE(shown().history.failure) << "it was not asked for";
  EXPECT_EQ(asked(ListingKind::kHistory), 0);
}

TEST_F(HistoryTest, ShowsWhatTheLastOneToldForAsLongAsThatIsFresh) {
  error.reset();
  make_app();
  const SteadyTime read_at = clock.steady_now();
  run_for(1ms);
  EXPECT_EQ(in_error(), 1U);
  error = Error{ErrorCode::kTooLarge, "too large"};
  while (clock.steady_now() < read_at + 90s) {
    ASSERT_EQ(in_error(), 1U);
    ASSERT_EQ(visible().by_revision.size(), 2U);
    run_for(1s);
  }
  run_for(1s);
  EXPECT_EQ(in_error(), 0U);
  EXPECT_FALSE(visible().history_known);
  EXPECT_EQ(visible().by_revision.size(), 1U);
  run_for(5min);
  EXPECT_FALSE(shown().fleet->history_known);
  EXPECT_EQ(shown().fleet->by_state.at(5) + shown().fleet->by_state.at(7), 1U);
}

TEST_F(HistoryTest, DropsWhatItToldWithAnAppThatIsNotThere) {
  error.reset();
  bool gone = false;
  make({{"default", "a"}}, [&](const api::ListingRequest& request) {
    if (request.kind == ListingKind::kHistory) {
      return error ? Reply{.body = tl::unexpected(*error)} : Reply{history};
    }
    return gone ? Reply{.body = fail(ErrorCode::kNotFound, "status 404")} : Reply{live};
  });
  run_for(1ms);
  error = Error{ErrorCode::kNotFound, "status 404"};
  run_for(31s);
  EXPECT_EQ(in_error(), 1U) << "the history's 404 is none of the app's";
  gone = true;
  run_for(31s);
  EXPECT_EQ(fresh_fleet(shown(), clock.steady_now()), nullptr);
  gone = false;
  run_for(31s);
  EXPECT_EQ(in_error(), 0U);
}

TEST_F(HistoryTest, IsAskedForLessAndLessOftenWhilePollsKeepTheirInterval) {
  make_app();
  run_for(1h);
  EXPECT_NEAR(static_cast<double>(asked(ListingKind::kLive)), 120, 2);
  EXPECT_NEAR(static_cast<double>(asked(ListingKind::kHistory)), 5 + 5, 1);
  EXPECT_EQ(failures(ErrorCode::kServerError),
            static_cast<std::uint64_t>(asked(ListingKind::kHistory)))
      << "a poll that does not ask counts no failure";
  EXPECT_EQ(shown().history.up, false);
  EXPECT_LT(shown().history.failure->since, clock.system_now() - 59min);
  error.reset();
  run_for(11min);
  EXPECT_EQ(shown().history.up, true);
  const std::int64_t before = asked(ListingKind::kHistory);
  run_for(5min);
  EXPECT_NEAR(static_cast<double>(asked(ListingKind::kHistory) - before), 10, 1);
}

TEST_F(HistoryTest, IsLeftInQuietIfItAsksForItAndTheLiveListingIsNot) {
  error->retry_after = 100s;
  make_app();
  const Timestamp begin = clock.system_now();
  run_for(99s);
  EXPECT_EQ(asked(ListingKind::kHistory), 1);
  EXPECT_EQ(asked(ListingKind::kLive), 4);
  EXPECT_EQ(shown().history.failure->quiet_until, begin + 100s);
  EXPECT_EQ(shown().up, true);
  error->retry_after.reset();
  run_for(60s);
  EXPECT_EQ(asked(ListingKind::kHistory), 2);
  EXPECT_EQ(shown().history.failure->quiet_until, std::nullopt);
}

TEST_F(HistoryTest, IsLeftInQuietByAReloadToo) {
  error->retry_after = 100s;
  make_app();
  run_for(40s);
  auto done = poller->reconfigure(config_of({{"default", "a"}}));
  run_for(10s);
  EXPECT_EQ(asked(ListingKind::kHistory), 1);
}

TEST_F(HistoryTest, AsksForNoQuietAnyMoreOnceAPollDoesWithout) {
  make_app();
  run_for(45s);
  error->retry_after = 5s;
  run_for(60s);
  ASSERT_LT(shown().next_poll.value() - clock.steady_now(), 31s);
  run_for(31s);
  EXPECT_EQ(shown().history.up, false);
  EXPECT_EQ(shown().history.failure->quiet_until, std::nullopt);
}

TEST_F(HistoryTest, TakesOneRequestOfTheLimitWhereItIsNotAskedFor) {
  config::Config config = config_of({{"default", "a"}});
  config.apps[0].requests_per_second = 0.05;
  make_with(config, [this](const api::ListingRequest& request) {
    return request.kind == ListingKind::kLive ? Reply{live} : Reply{.body = tl::unexpected(*error)};
  });
  run_for(1h);
  EXPECT_NEAR(static_cast<double>(asked(ListingKind::kLive)), 119, 4)
      << "two requests each would be one poll in 40 s";
}

TEST_F(HistoryTest, IsAskedForAtOnceAfterAReload) {
  make_app();
  run_for(30min);
  const std::int64_t before = asked(ListingKind::kHistory);
  auto done = poller->reconfigure(config_of({{"default", "a"}}));
  run_for(1ms);
  EXPECT_EQ(asked(ListingKind::kHistory), before + 1);
}

TEST_F(HistoryTest, IsAskedForByThePollThatAReloadFindsUnderWay) {
  auto delay = 0s;
  make({{"default", "a"}}, [&](const api::ListingRequest& request) {
    return request.kind == ListingKind::kLive ? Reply{.body = live, .delay = delay}
                                              : Reply{.body = tl::unexpected(*error)};
  });
  run_for(30min);
  delay = 5s;
  const std::int64_t polls = asked(ListingKind::kLive);
  while (asked(ListingKind::kLive) == polls) {
    poller->turn();
  }
  const std::int64_t before = asked(ListingKind::kHistory);
  auto done = poller->reconfigure(config_of({{"default", "a"}}));
  run_for(6s);
  EXPECT_EQ(asked(ListingKind::kHistory), before + 1);
  EXPECT_EQ(shown().up, true);
}

TEST_F(HistoryTest, IsToldApartFromAPollThatFails) {
  make_app();
  testing::internal::CaptureStderr();
  run_for(90min);
  error.reset();
  run_for(30min);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines(log), 3) << log;
  EXPECT_NE(log.find(R"(msg="history listing failed" app=default/a reason=server_error )"
                     R"(error="status 500" failed_listings=1)"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find(R"(msg="history listing still fails" app=default/a)"), std::string::npos);
  EXPECT_NE(log.find(R"(level=info msg="history listing works again" app=default/a)"),
            std::string::npos);
}

TEST_F(PollerTest, KeepsToTheCommonLimitOfRequests) {
  std::vector<api::AppRef> apps;
  for (int i = 0; i < 100; ++i) {
    apps.push_back({"default", std::to_string(i)});
  }
  config::Config config = config_of(apps);
  config.requests_per_second = 10;
  make_with(config, [](const auto&) { return Reply{kOneFree}; });
  run_for(10s);
  // Ten seconds' worth, and the second's worth that the bucket holds at first.
  EXPECT_LE(client->requests.size(), 110U);
  EXPECT_GE(client->requests.size(), 100U);
}

TEST_F(PollerTest, LetsAnAppsOwnLimitHoldUpNoOther) {
  config::Config config = config_of({{"default", "slow"}, {"default", "quick"}});
  config.apps[0].requests_per_second = 0.01;
  make_with(config, [](const auto&) { return Reply{kOneFree}; });
  run_for(10min);
  std::map<std::string, int> requests;
  for (const auto& request : client->requests) {
    ++requests[request.app.name];
  }
  EXPECT_LE(requests["slow"], 8);
  EXPECT_GE(requests["slow"], 6);
  EXPECT_GE(requests["quick"], 38);
}

/// Gives a poller new configurations.
class ReconfigureTest : public PollerTest {
 protected:
  static constexpr const char* kServed = R"({"workers":[{"id":"a","successCount":7}]})";

  ReconfigureTest() {
    make_with(config, [this](const api::ListingRequest&) { return Reply{body, {}, delay}; });
  }
  void apply() {
    std::future<bool> done = poller->reconfigure(config);
    EXPECT_EQ(done.wait_for(0s), std::future_status::timeout);
    poller->turn();
    ASSERT_EQ(done.wait_for(0s), std::future_status::ready);
    EXPECT_TRUE(done.get());
  }
  /// Lets time pass until the next request is sent.
  const api::ListingRequest& next_request() {
    const std::size_t before = client->requests.size();
    while (client->requests.size() == before) {
      poller->turn();
    }
    return client->requests.at(before);
  }

  Result<std::string> body = std::string(kServed);
  std::chrono::milliseconds delay{0};
  config::Config config = config_of({{"default", "a"}, {"default", "b"}});
};

TEST_F(ReconfigureTest, LeavesNoConnectionOfBeforeInUse) {
  run_for(1s);
  EXPECT_EQ(client->renewals, 0);
  apply();
  EXPECT_EQ(client->renewals, 1);
}

TEST_F(ReconfigureTest, LetsNobodyWaitOnceItHasEnded) {
  std::future<bool> waiting = poller->reconfigure(config);
  std::stop_source stopped;
  stopped.request_stop();
  poller->run(stopped.get_token());
  std::future<bool> late = poller->reconfigure(config);
  for (std::future<bool>* one : {&waiting, &late}) {
    ASSERT_EQ(one->wait_for(0s), std::future_status::ready);
    EXPECT_FALSE(one->get());
  }
}

TEST_F(ReconfigureTest, DropsAndAddsAppsInOneStep) {
  run_for(1s);
  const std::uint64_t version = store.version();
  config = config_of({{"default", "c"}, {"default", "b"}});
  delay = 5s;
  apply();
  EXPECT_EQ(store.version(), version + 1);
  ASSERT_EQ(store.snapshots().size(), 2U);
  EXPECT_EQ(shown(0).app.name, "c");
  EXPECT_EQ(shown(0).up, std::nullopt);
  EXPECT_EQ(shown(1).app.name, "b");
  EXPECT_EQ(shown(1).up, true);
}

TEST_F(ReconfigureTest, PollsANewAppAtOnceAndLeavesTheOthersToTheirSchedule) {
  run_for(1s);
  const SteadyTime planned = shown(1).next_poll.value();
  config.apps.push_back(config.apps[0]);
  config.apps.back().app.name = "new";
  const SteadyTime now = clock.steady_now();
  apply();
  EXPECT_EQ(client->requests.back().app.name, "new");
  EXPECT_EQ(clock.steady_now(), now);
  EXPECT_EQ(shown(1).next_poll, planned);
}

TEST_F(ReconfigureTest, GoesOnWithAPollUnderWay) {
  delay = 4s;
  poller->turn();
  apply();
  run_for(8s);
  EXPECT_EQ(shown(0).up, true);
  EXPECT_EQ(client->requests.size(), 4U) << "each listing was asked for once";
}

TEST_F(ReconfigureTest, DropsTheAnswersOfAnAppThatIsGone) {
  delay = 4s;
  poller->turn();
  config.apps.erase(config.apps.begin());
  apply();
  run_for(8s);
  ASSERT_EQ(store.snapshots().size(), 1U);
  EXPECT_EQ(shown().app.name, "b");
  EXPECT_EQ(shown().up, true);
  EXPECT_EQ(client->requests.size(), 3U) << "no history of the one that is gone";
}

TEST_F(ReconfigureTest, BeginsAnewWithAnAppThatComesBack) {
  run_for(1s);
  body = R"({"workers":[{"id":"a","successCount":10}]})";
  run_for(60s);
  EXPECT_EQ(shown(0).counters->requests, 3U);
  const config::AppConfig app = config.apps[0];
  config.apps.erase(config.apps.begin());
  apply();
  config.apps.insert(config.apps.begin(), app);
  apply();
  run_for(1s);
  EXPECT_EQ(shown(0).counters->requests, 0U);
}

TEST_F(PollerTest, GoesOnWithWhatWasKeptOfAnAppThatComesBack) {
  state::AppMemory kept;
  kept.watch_began = FakeClock::kStart - 24h;
  kept.last_poll = FakeClock::kStart - 30s;
  kept.counters.requests = 1000;
  kept.workers = {{.id = "a", .success = 40, .last_seen = FakeClock::kStart - 1h}};
  const state::AppKey a{"http://a", {"default", "a"}};
  const state::AppKey b{"http://a", {"default", "b"}};
  std::vector<std::set<state::AppKey>> configured;
  make({a.app, b.app}, [](const auto&) { return Reply{listing_with(42)}; }, {},
       {.configure = [&](const std::set<state::AppKey>& apps) {
         configured.push_back(apps);
         return configured.size() == 3 ? state::AppMemories{{a, kept}} : state::AppMemories{};
       }});
  for (const auto& apps : {std::vector{b.app}, std::vector{a.app, b.app}}) {
    const std::future<bool> done = poller->reconfigure(config_of(apps));
    poller->turn();
  }
  EXPECT_EQ(configured, (std::vector<std::set<state::AppKey>>{{a, b}, {b}, {a, b}}));
  EXPECT_EQ(shown(0).counters, nullptr) << "nothing is shown before a good poll";
  run_for(1s);
  EXPECT_EQ(shown(0).counters->requests, 1002U);
  EXPECT_EQ(shown(1).counters->requests, 0U);
}

TEST_F(ReconfigureTest, KeepsTheMemoryOfAnAppWhoseSettingsChange) {
  run_for(1s);
  config.apps[0].poll.scrape_interval = 10s;
  config.apps[0].settings.slo_objective_ratio = 0.5;
  body = R"({"workers":[{"id":"a","successCount":10}]})";
  apply();
  EXPECT_EQ(shown(0).settings.slo_objective_ratio, 0.5);
  run_for(1ms);
  EXPECT_EQ(shown(0).counters->requests, 3U) << "it is polled at once";
  const std::size_t before = client->requests.size();
  run_for(60s);
  EXPECT_NEAR(static_cast<double>(client->requests.size() - before), 12 + 4, 3);
}

TEST_F(ReconfigureTest, DoesNotPollForASettingThatIsNoneOfPolls) {
  run_for(1s);
  const SteadyTime planned = shown(0).next_poll.value();
  config.apps[0].settings.queue_backlog_threshold = 99;
  apply();
  EXPECT_EQ(shown(0).settings.queue_backlog_threshold, 99U);
  EXPECT_EQ(shown(0).next_poll, planned);
}

TEST_F(ReconfigureTest, AsksAsTheNewAccountAndDropsWhatTheOldOneIsAnswered) {
  delay = 4s;
  poller->turn();
  api::Account account = *config.apps[0].account;
  account.token = Secret("new");
  config.apps[0].account = std::make_shared<const api::Account>(account);
  delay = 1s;
  apply();
  EXPECT_EQ(client->requests.back().account->token.reveal(), "new");
  body = fail(ErrorCode::kUnauthorized, "late");
  run_for(1s);
  EXPECT_EQ(client->requests.back().account->token.reveal(), "new");
}

TEST_F(ReconfigureTest, KeepsAnAccountThatIsTheSame) {
  run_for(1s);
  const auto before = client->requests.back().account;
  for (config::AppConfig& app : config.apps) {
    app.account = std::make_shared<const api::Account>(*app.account);
  }
  apply();
  EXPECT_EQ(next_request().account, before);
}

TEST_F(ReconfigureTest, TakesAnotherEndpointForAnotherPlatform) {
  run_for(1s);
  body = R"({"workers":[{"id":"a","successCount":1000}]})";
  config.apps[0].account =
      std::make_shared<const api::Account>(api::Account{.endpoint = "http://other"});
  apply();
  run_for(1s);
  EXPECT_EQ(shown(0).counters->requests, 0U);
}

TEST_F(ReconfigureTest, TriesWhatFailsAtOnceUnlessItWasAskedForQuiet) {
  body = refused();
  run_for(10min);
  std::size_t before = client->requests.size();
  apply();
  EXPECT_EQ(client->requests.size(), before + 2);

  Error busy{ErrorCode::kRateLimited, "busy"};
  busy.retry_after = 30min;
  body = tl::unexpected(busy);
  run_for(6min);
  before = client->requests.size();
  apply();
  run_for(10min);
  EXPECT_EQ(client->requests.size(), before);
}

TEST_F(PollerTest, GoesOnFromWhatAnEarlierRunRemembers) {
  state::AppMemory memory;
  memory.watch_began = FakeClock::kStart - 24h;
  memory.counters.requests = 1000;
  memory.workers = {{.id = "a", .success = 40, .last_seen = FakeClock::kStart - 1h}};
  make({{"default", "a"}}, [](const auto&) { return Reply{listing_with(42)}; }, {},
       {.configure = [&memory](const std::set<state::AppKey>& apps) {
         EXPECT_EQ(apps, (std::set<state::AppKey>{{"http://a", {"default", "a"}}}));
         return state::AppMemories{{*apps.begin(), memory}};
       }});
  EXPECT_EQ(shown().counters, nullptr) << "nothing is shown before a good poll";
  run_for(1ms);
  ASSERT_NE(shown().counters, nullptr);
  EXPECT_EQ(shown().counters->requests, 1002U);
}

}  // namespace
}  // namespace everai::poll
