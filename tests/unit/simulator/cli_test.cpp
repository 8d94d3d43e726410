#include "simulator/cli.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds{1727602518}};

Result<CommandLine> parse(const std::vector<const char*>& flags, std::string_view env_token = "") {
  std::vector<const char*> arguments{"everai_simulator"};
  for (const char* flag : flags) {
    arguments.push_back(flag);
  }
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data(), env_token, kNow);
}

std::string refusal(const std::vector<const char*>& arguments) {
  const auto line = parse(arguments);
  return line ? "" : line.error().message;
}

TEST(SimulatorCommandLine, HasDefaults) {
  const auto line = parse({});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->action, CommandLine::Action::kServe);
  EXPECT_EQ(line->server.host, "127.0.0.1");
  EXPECT_EQ(line->server.port, 10881);
  EXPECT_EQ(line->server.platform.world.apps.size(), 3U);
  EXPECT_EQ(line->server.platform.world.day_length, 10min);
  EXPECT_EQ(line->server.platform.world.start, kNow);
  EXPECT_EQ(line->server.platform.time_factor, 1);
  EXPECT_FALSE(line->server.platform.paused);
  EXPECT_TRUE(line->server.platform.token.empty());
}

TEST(SimulatorCommandLine, ReadsEveryFlag) {
  const auto line = parse({"--listen-address", "[::1]:0", "--app", "a/b", "--app=c/d", "--scenario",
                           "churn", "--seed", "42", "--time-factor", "2.5", "--day-length", "1h",
                           "--int64-as-strings", "--paused", "--log.level", "debug"},
                          "letmein");
  ASSERT_TRUE(line) << line.error().message;
  const PlatformOptions& platform = line->server.platform;
  EXPECT_EQ(line->server.host, "::1");
  EXPECT_EQ(line->server.port, 0);
  ASSERT_EQ(platform.world.apps.size(), 2U);
  EXPECT_EQ(platform.world.apps[1].app, (api::AppRef{"c", "d"}));
  EXPECT_EQ(platform.world.seed, 42U);
  EXPECT_EQ(platform.world.day_length, 1h);
  EXPECT_EQ(platform.time_factor, 2.5);
  EXPECT_EQ(platform.int64_form, Int64Form::kString);
  EXPECT_TRUE(platform.paused);
  EXPECT_EQ(platform.token.reveal(), "letmein");
  EXPECT_EQ(line->log_level, log::Level::kDebug);
}

TEST(SimulatorCommandLine, PutsFaultsOnTopOfTheScenarios) {
  const auto line =
      parse({"--scenario", "hostile", "--fault", "omit=0.75", "--fault", "clock-skew=-90s"});
  ASSERT_TRUE(line) << line.error().message;
  for (const AppProfile& app : line->server.platform.world.apps) {
    EXPECT_EQ(app.faults.omit, 0.75);
    EXPECT_EQ(app.faults.clock_skew, -90s);
    EXPECT_EQ(app.faults.reorder, 0.5);
  }
}

TEST(SimulatorCommandLine, SaysWhatIsWrong) {
  EXPECT_EQ(refusal({"--fault", "rain=1"}), "--fault: there is no fault 'rain'");
  EXPECT_EQ(refusal({"--fault", "omit=2"}), "--fault: omit: '2' is not within 0 to 1");

  EXPECT_EQ(refusal({"extra"}), "'extra' is no flag");
  EXPECT_EQ(refusal({"--seed", "--paused"}), "--seed: '--paused' is a flag, expected a value");
  EXPECT_EQ(refusal({"--seed", "x"}), "--seed: 'x' is no number");
  EXPECT_EQ(refusal({"--app", "sd"}), "--app: 'sd' is not NAMESPACE/NAME");
  EXPECT_EQ(refusal({"--app", "a/b", "--app", "a/b"}), "--app: 'a/b' is named twice");
  EXPECT_EQ(refusal({"--scenario", "x"}),
            "--scenario: there is no scenario 'x'; there are steady, churn, demo, idle, hostile");
  EXPECT_EQ(refusal({"--time-factor", "0"}), "--time-factor: it must be above 0 and at most 3600");
  EXPECT_EQ(refusal({"--time-factor", "nan"}),
            "--time-factor: it must be above 0 and at most 3600");
  EXPECT_EQ(refusal({"--day-length", "1s"}), "--day-length: the shortest day is 10s");
  for (const char* address : {"10881", "a:65536"}) {
    EXPECT_EQ(refusal({"--listen-address", address}),
              "--listen-address: '" + std::string(address) +
                  "' is no listen address such as :10880 or 127.0.0.1:10880");
  }
  for (const char* address : {":1", "*:1"}) {
    EXPECT_EQ(refusal({"--listen-address", address}),
              "--listen-address: '" + std::string(address) + "' has no host, expected HOST:PORT");
  }
  EXPECT_EQ(refusal({"--token-file", "/nonexistent"}),
            "--token-file: token file /nonexistent: No such file or directory");
  EXPECT_EQ(refusal({"--seed", "1", "--seed", "1"}), "--seed: it is given more than once");
  EXPECT_EQ(refusal({"--paused", "--paused"}), "--paused: it is given more than once");
  EXPECT_NE(refusal({"--unknown"}), "");
  EXPECT_NE(refusal({"--seed"}), "");
}

TEST(SimulatorCommandLine, KnowsHelpAndVersion) {
  EXPECT_EQ(parse({"--help"})->action, CommandLine::Action::kShowHelp);
  EXPECT_EQ(parse({"-h"})->action, CommandLine::Action::kShowHelp);
  EXPECT_EQ(parse({"--version"})->action, CommandLine::Action::kShowVersion);
}

}  // namespace
}  // namespace everai::simulator
