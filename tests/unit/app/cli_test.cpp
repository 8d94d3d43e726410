#include "app/cli.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace everai::app {
namespace {

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override {
    unsetenv("EVERAI_TOKEN");
    unsetenv("EVERAI_ENDPOINT");
  }
  void TearDown() override { SetUp(); }

  static Result<Command> parse(const std::vector<const char*>& arguments) {
    std::vector<const char*> argv{"everai_exporter"};
    for (const char* argument : arguments) {
      argv.push_back(argument);
    }
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
  }
  static std::string refusal(const std::vector<const char*>& arguments) {
    const auto command = parse(arguments);
    return command ? "accepted" : command.error().message;
  }
  static config::Config config(const std::vector<const char*>& arguments) {
    return std::get<RunExporter>(parse(arguments).value()).config;
  }
};

TEST_F(CommandLineTest, HasDefaultsForAllButTheApps) {
  const config::Config defaults = config({"--app", "default/sd"});
  EXPECT_EQ(defaults.apps, (std::vector<api::AppRef>{{"default", "sd"}}));
  EXPECT_EQ(defaults.endpoint, "https://everai.expvent.com");
  EXPECT_EQ(defaults.scrape_interval, std::chrono::seconds{30});
  EXPECT_EQ(defaults.scrape_timeout, std::chrono::seconds{10});
  EXPECT_EQ(defaults.listen.host, "");
  EXPECT_EQ(defaults.listen.port, 10880);
  EXPECT_TRUE(defaults.token.empty());
  EXPECT_TRUE(defaults.state_file.empty());
}

TEST_F(CommandLineTest, ReadsEveryFlag) {
  const config::Config all =
      config({"--app", "a/b", "--app=c/d", "--api.endpoint", "http://x:1/", "--api.token-file",
              "/t", "--scrape.interval", "1m", "--scrape.timeout", "5s", "--web.listen-address",
              "127.0.0.1:1", "--state.file", "/s", "--log.level", "debug", "--log.format", "json"});
  EXPECT_EQ(all.apps, (std::vector<api::AppRef>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(all.endpoint, "http://x:1");
  EXPECT_EQ(all.token_file, "/t");
  EXPECT_EQ(all.scrape_interval, std::chrono::minutes{1});
  EXPECT_EQ(all.scrape_timeout, std::chrono::seconds{5});
  EXPECT_EQ(all.listen.host, "127.0.0.1");
  EXPECT_EQ(all.state_file, "/s");
  EXPECT_EQ(all.log_level, log::Level::kDebug);
  EXPECT_EQ(all.log_format, log::Format::kJson);
}

TEST_F(CommandLineTest, ReadsWhatIsExposed) {
  const config::Config all =
      config({"--app", "a/b", "--collector.workers", "--slo.objective", "0.9",
              "--queue.backlog-threshold", "5", "--gpu.price", "A, B=1 EUR", "--gpu.price", "C=2"});
  EXPECT_TRUE(all.collect_workers);
  EXPECT_EQ(all.app_settings.slo_objective_ratio, 0.9);
  EXPECT_EQ(all.app_settings.queue_backlog_threshold, 5U);
  ASSERT_EQ(all.gpu_prices.size(), 2U);
  EXPECT_EQ(all.gpu_prices[0].model, "A, B");
  EXPECT_EQ(all.gpu_prices[1].model, "C");
  EXPECT_FALSE(config({"--app", "a/b"}).collect_workers);
}

TEST_F(CommandLineTest, TakesAnAppWhoseNameHasACommaInIt) {
  EXPECT_EQ(config({"--app", "a/b,c"}).apps, (std::vector<api::AppRef>{{"a", "b,c"}}));
}

TEST_F(CommandLineTest, ReadsTheEnvironmentAndFlagsWin) {
  setenv("EVERAI_TOKEN", "secret", 1);
  setenv("EVERAI_ENDPOINT", "http://environment", 1);
  EXPECT_EQ(config({"--app", "a/b"}).endpoint, "http://environment");
  EXPECT_EQ(config({"--app", "a/b"}).token.reveal(), "secret");
  EXPECT_EQ(config({"--app", "a/b", "--api.endpoint", "http://flag"}).endpoint, "http://flag");
  EXPECT_TRUE(config({"--app", "a/b", "--api.token-file", "/t"}).token.empty());
}

TEST_F(CommandLineTest, SaysWhatIsWrongInOneLine) {
  EXPECT_EQ(refusal({}), "no app is given: use --app NAMESPACE/NAME");
  EXPECT_EQ(refusal({"--app", "sd"}), "--app: 'sd' is no app such as default/sd");
  EXPECT_EQ(refusal({"--app", "a/b", "--scrape.interval", "30"}),
            "--scrape.interval: '30' is no duration such as 30s or 1m30s");
  EXPECT_EQ(refusal({"--app", "a/b", "extra"}), "unexpected argument 'extra'");
  EXPECT_EQ(refusal({"--app", "a/b", "--log.level", "loud"}),
            "--log.level: 'loud' is none of debug, info, warn, error");
  EXPECT_NE(refusal({"--nonsense"}).find("nonsense"), std::string::npos);
  EXPECT_NE(refusal({"--app"}).find("app"), std::string::npos);
  EXPECT_EQ(refusal({"--app", "a/b", "--api.endpoint", ""}),
            "--api.endpoint: '' is no endpoint such as https://everai.expvent.com");
}

TEST_F(CommandLineTest, DoesNotTakeAFlagForAnotherFlagsValue) {
  EXPECT_NE(refusal({"--app", "--once"}), "accepted");
}

TEST_F(CommandLineTest, RefusesATokenThatCannotBeSentWithoutShowingIt) {
  setenv("EVERAI_TOKEN", "canary token", 1);
  EXPECT_EQ(
      refusal({"--app", "a/b"}),
      "EVERAI_TOKEN: the token has a control character, a space or a byte beyond ASCII in it");
}

TEST_F(CommandLineTest, ShowsHelpAndVersion) {
  const auto help = std::get<ShowText>(parse({"--help"}).value()).text;
  for (const char* flag :
       {"--app", "--api.endpoint", "--api.token-file", "--scrape.interval", "--scrape.timeout",
        "--web.listen-address", "--log.level", "--log.format", "--once", "--version", "--help"}) {
    EXPECT_NE(help.find(flag), std::string::npos) << flag;
  }
  EXPECT_EQ(std::get<ShowText>(parse({"--version"}).value()).text.substr(0, 25),
            "everai_exporter, version ");
}

TEST_F(CommandLineTest, Once) {
  EXPECT_TRUE(std::get<RunExporter>(parse({"--app", "a/b", "--once"}).value()).once);
  EXPECT_FALSE(std::get<RunExporter>(parse({"--app", "a/b"}).value()).once);
}

TEST_F(CommandLineTest, RefusesAStateFileThatIsNone) {
  EXPECT_EQ(refusal({"--app", "default/sd", "--state.file", "--once"}),
            "--state.file: '--once' is no file");
  EXPECT_EQ(refusal({"--app", "default/sd", "--state.file", ""}), "--state.file: '' is no file");
}

}  // namespace
}  // namespace everai::app
