#include "poll/trouble_log.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace everai::poll {
namespace {

using namespace std::chrono_literals;

const api::AppRef kApp{"default", "a"};
const Error kRefused{ErrorCode::kConnect, "refused"};
const Error kSlow{ErrorCode::kTimeout, "slow"};
const Error kDenied{ErrorCode::kUnauthorized, "denied"};

std::vector<api::AppRef> apps(std::size_t count) {
  std::vector<api::AppRef> made;
  for (std::size_t i = 0; i < count; ++i) {
    made.push_back({"default", fmt::format("{:04}", i)});
  }
  return made;
}

/// Tells a log what happens, and takes what it says a second at a time, as the poller does.
class TroubleLogTest : public testing::Test {
 protected:
  void fails(const Error& error, const api::AppRef& app = kApp) { log.failed(app, error, now); }
  void works(const api::AppRef& app = kApp) { log.succeeded(app, now); }

  /// What is said in so many seconds.
  std::vector<std::string> said_in(
      std::chrono::seconds time, const std::function<void()>& each_second = [] {}) {
    std::vector<std::string> said;
    for (const SteadyTime end = now + time; now < end; now += 1s) {
      each_second();
      for (const TroubleLine& line : log.due(now)) {
        said.push_back(text_of(line));
      }
    }
    return said;
  }

  static std::string text_of(const TroubleLine& line) {
    switch (line.event) {
      case TroubleLine::Event::kFailed:
        return fmt::format("{} {} {} {}", line.names, reason_of(line.reason), line.error,
                           line.failed_polls);
      case TroubleLine::Event::kStillFails:
        return fmt::format("still {} {} {} {}", line.names, reason_of(line.reason), line.error,
                           line.failed_polls);
      case TroubleLine::Event::kRecovered:
        return fmt::format("{} works, failed {}", line.names, line.failed_polls);
    }
    return "";
  }

  using Said = std::vector<std::string>;
  SteadyTime now{std::chrono::hours{1000}};
  TroubleLog log;
};

TEST_F(TroubleLogTest, SaysAFailureWithinTwoSecondsAndOnlyOnce) {
  fails(kRefused);
  EXPECT_EQ(said_in(2s), Said{"default/a connect refused 1"});
  EXPECT_EQ(said_in(59min, [&] { fails(kRefused); }), Said{});
}

TEST_F(TroubleLogTest, SaysNothingOfAppsThatWork) {
  EXPECT_EQ(said_in(3h, [&] { works(); }), Said{});
}

TEST_F(TroubleLogTest, SaysWhatWaitsAtTheEnd) {
  fails(kRefused);
  const std::vector<TroubleLine> rest = log.rest(now);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0], (TroubleLine{.event = TroubleLine::Event::kFailed,
                                  .apps = 1,
                                  .names = "default/a",
                                  .reason = ErrorCode::kConnect,
                                  .error = "refused",
                                  .failed_polls = 1}));
  EXPECT_TRUE(log.rest(now).empty());
  EXPECT_EQ(said_in(1min), Said{});
}

TEST_F(TroubleLogTest, SaysAnotherReasonAtOnce) {
  fails(kRefused);
  EXPECT_EQ(said_in(10s), Said{"default/a connect refused 1"});
  fails(kDenied);
  EXPECT_EQ(said_in(2s), Said{"default/a unauthorized denied 2"});
}

TEST_F(TroubleLogTest, SaysARecoveryAtTheSecondGoodPoll) {
  fails(kRefused);
  fails(kRefused);
  EXPECT_EQ(said_in(30s), Said{"default/a connect refused 1"});
  works();
  EXPECT_EQ(said_in(30s), Said{});
  works();
  EXPECT_EQ(said_in(2s), Said{"default/a works, failed 2"});
  EXPECT_EQ(said_in(3h, [&] { works(); }), Said{});
}

TEST_F(TroubleLogTest, SaysOnceAnHourWhatStillFails) {
  fails(kRefused);
  EXPECT_EQ(said_in(1h), Said{"default/a connect refused 1"});
  // Asked to be quiet for an hour, the app is not even polled meanwhile.
  EXPECT_EQ(said_in(1h), Said{"still default/a connect refused 1"});
  EXPECT_EQ(said_in(3h, [&] { fails(kRefused); }).size(), 3U);
}

TEST_F(TroubleLogTest, HoldsBackAnAppThatFlapsBetweenTwoReasons) {
  bool slow = false;
  const auto flap = [&] { fails((slow = !slow) ? kSlow : kRefused); };
  EXPECT_EQ(said_in(59s, flap), (Said{"default/a timeout slow 1", "default/a connect refused 4"}));
  // After pauses of 1, 2, 4, 8 and 16 minutes each of the two is said again.
  EXPECT_LE(said_in(1h - 59s, flap).size(), 2U * 5);
  // From now on each once an hour, and the summary.
  EXPECT_LE(said_in(10h, flap).size(), 3U * 10 + 2);
}

TEST_F(TroubleLogTest, SaysNoRecoveryWhileFailuresAndSuccessesAlternate) {
  bool bad = false;
  const auto flap = [&] { (bad = !bad) ? fails(kRefused) : works(); };
  EXPECT_EQ(said_in(1h, flap), Said{"default/a connect refused 1"});
  EXPECT_EQ(said_in(10s, flap), Said{"still default/a connect refused 1801"});
  works();
  works();
  EXPECT_EQ(said_in(2s), Said{"default/a works, failed 1805"});
}

TEST_F(TroubleLogTest, DemandsThatARecoveryLastsLongerAfterEachRelapse) {
  const auto seconds_until = [&](std::string_view line, const std::function<void()>& poll) {
    for (int seconds = 1; seconds < 10000; ++seconds) {
      const Said said = said_in(1s, poll);
      if (!said.empty() && said[0].starts_with(line)) {
        return seconds;
      }
    }
    return -1;
  };
  std::vector<int> lasted;
  for (int relapse = 0; relapse < 9; ++relapse) {
    EXPECT_GT(seconds_until("default/a connect refused", [&] { fails(kRefused); }), 0);
    lasted.push_back(seconds_until("default/a works", [&] { works(); }) / 60);
  }
  EXPECT_EQ(lasted, (std::vector{0, 1, 2, 4, 8, 16, 32, 60, 60}));
}

TEST_F(TroubleLogTest, BeginsAnewAfterAnHourWithoutAFailure) {
  for (int i = 0; i < 2; ++i) {
    fails(kRefused);
    EXPECT_EQ(said_in(10s), Said{"default/a connect refused 1"});
    EXPECT_EQ(said_in(3s, [&] { works(); }), Said{"default/a works, failed 1"});
    EXPECT_EQ(said_in(1h, [&] { works(); }), Said{});
  }
}

TEST_F(TroubleLogTest, SaysInTheSummaryWhatWasHeldBack) {
  fails(kRefused);
  EXPECT_EQ(said_in(10s), Said{"default/a connect refused 1"});
  EXPECT_EQ(said_in(10s, [&] { works(); }), Said{"default/a works, failed 1"});
  fails(kRefused);
  EXPECT_EQ(said_in(1h, [&] { works(); }), Said{"still default/a connect refused 1"});
}

TEST_F(TroubleLogTest, NamesAFewAppsOneByOne) {
  for (const api::AppRef& app : apps(TroubleLog::kSaidSingly)) {
    fails({ErrorCode::kConnect, "refused by " + app.name}, app);
  }
  const Said said = said_in(10s);
  ASSERT_EQ(said.size(), TroubleLog::kSaidSingly);
  EXPECT_EQ(said.back(), "default/0004 connect refused by 0004 1");
}

TEST_F(TroubleLogTest, SaysOfManyAppsInOneLineHowMany) {
  for (int i = 0; i < 2; ++i) {
    for (const api::AppRef& app : apps(1000)) {
      fails(kDenied, app);
    }
  }
  EXPECT_EQ(said_in(10s),
            Said{"1000: default/0000, default/0001, default/0002, default/0003, default/0004, "
                 "default/0005, default/0006, default/0007, default/0008, default/0009, "
                 "default/0010 and 989 more unauthorized denied 1000"});
  const auto all_work = [&] {
    for (const api::AppRef& app : apps(1000)) {
      works(app);
    }
  };
  const Said said = said_in(10s, all_work);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("1000: default/0000, ")) << said[0];
  EXPECT_TRUE(said[0].ends_with(" and 989 more works, failed 2000")) << said[0];
}

TEST_F(TroubleLogTest, PutsFiftyAppsASecondIntoOneLine) {
  const std::vector<api::AppRef> all = apps(200);
  std::size_t next = 0;
  const Said said = said_in(1min, [&] {
    for (const std::size_t end = std::min(next + 50, all.size()); next < end; ++next) {
      fails(kDenied, all[next]);
    }
  });
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].starts_with("200: default/0000, ")) << said[0];
}

/// Their polls are spread over the interval.
TEST_F(TroubleLogTest, SaysWithinSecondsThatAnEndpointIsDownAndLaterForHowMany) {
  const std::vector<api::AppRef> all = apps(990);
  std::size_t next = 0;
  const auto fail_33 = [&] {
    for (const std::size_t end = std::min(next + 33, all.size()); next < end; ++next) {
      fails(kRefused, all[next]);
    }
  };
  const Said at_first = said_in(9s, fail_33);
  ASSERT_EQ(at_first.size(), 1U);
  EXPECT_TRUE(at_first[0].starts_with("297: default/0000, ")) << at_first[0];
  EXPECT_LE(said_in(2min, fail_33).size(), 3U);
  const Said still = said_in(1h);
  ASSERT_EQ(still.size(), 1U);
  EXPECT_TRUE(still[0].starts_with("still 990: default/0000, ")) << still[0];
}

TEST_F(TroubleLogTest, SaysALineForEachReasonIfManyAppsFailEachForAnother) {
  for (const api::AppRef& app : apps(1000)) {
    const auto code = static_cast<ErrorCode>(std::stoul(app.name) % kPollFailureReasons);
    fails({code, "why"}, app);
  }
  EXPECT_EQ(said_in(10s).size(), kPollFailureReasons);
}

TEST_F(TroubleLogTest, SaysANewReasonAtOnceWhileAnotherIsHeldBack) {
  std::size_t number = 0;
  const auto one_more = [&] { fails(kRefused, {"default", std::to_string(++number)}); };
  EXPECT_FALSE(said_in(5min, one_more).empty());
  fails(kDenied);
  const Said said = said_in(2s);
  ASSERT_FALSE(said.empty());
  EXPECT_EQ(said.back(), "default/a unauthorized denied 1");
}

TEST_F(TroubleLogTest, IsBoundedWhileTwentyAppsAlternate) {
  const std::vector<api::AppRef> all = apps(20);
  std::uint32_t random = 1;
  const auto poll_all = [&] {
    for (const api::AppRef& app : all) {
      random = random * 1664525 + 1013904223;
      switch (random >> 24U & 3U) {
        case 0:
          fails(kRefused, app);
          break;
        case 1:
          fails(kSlow, app);
          break;
        default:
          works(app);
      }
    }
  };
  EXPECT_LE(said_in(1min, poll_all).size(), 25U);
  EXPECT_LE(said_in(9min, poll_all).size(), 60U);
  EXPECT_LE(said_in(1h, poll_all).size(), 80U);
  EXPECT_LE(said_in(5h, poll_all).size(), 5 * 30U);
}

/// The last line that names an app is true: what is told late must not be told last.
TEST_F(TroubleLogTest, WithdrawsARecoveryThatDidNotLastUntilItWasSaid) {
  // Recoveries of others have made the distance long.
  for (const api::AppRef& app : apps(4)) {
    fails(kRefused, app);
  }
  fails(kRefused);
  said_in(10s);
  works(apps(1)[0]);
  works(apps(1)[0]);
  EXPECT_EQ(said_in(2s), Said{"default/0000 works, failed 1"});
  works();
  works();
  EXPECT_EQ(said_in(2s), Said{});
  fails(kRefused);
  EXPECT_EQ(said_in(1min), Said{});
  EXPECT_EQ(said_in(59min).back(), "still default/a connect refused 2");
}

TEST_F(TroubleLogTest, SaysARecoveryAfterTheFailureThatItEnds) {
  fails(kRefused, {"default", "other"});
  said_in(2s);
  fails(kRefused);
  const Said said = said_in(20s, [&] { works(); });
  EXPECT_EQ(said, (Said{"default/a connect refused 1", "default/a works, failed 1"}));
}

TEST_F(TroubleLogTest, SaysTheLatestOfTwoReasonsLast) {
  fails(kRefused, {"default", "other"});
  said_in(2s);
  fails(kRefused);
  const Said said = said_in(20s, [&] { fails(kDenied); });
  EXPECT_EQ(said, (Said{"default/a connect refused 1", "default/a unauthorized denied 7"}));
}

TEST_F(TroubleLogTest, SaysNothingOfAnAppThatIsForgotten) {
  fails(kRefused);
  log.forget(kApp);
  EXPECT_EQ(said_in(2h), Said{});
  works();
  works();
  EXPECT_EQ(said_in(10s), Said{});
  fails(kRefused);
  EXPECT_EQ(said_in(10s), Said{"default/a connect refused 1"});
}

}  // namespace
}  // namespace everai::poll
