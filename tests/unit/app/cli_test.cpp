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
  static RunExporter run(const std::vector<const char*>& arguments) {
    return std::get<RunExporter>(parse(arguments).value());
  }
  static std::string text(const std::vector<const char*>& arguments) {
    return std::get<ShowText>(parse(arguments).value()).text;
  }
};

TEST_F(CommandLineTest, SaysNothingThatWasNotGiven) {
  const RunExporter command = run({});
  EXPECT_EQ(command.mode, RunExporter::Mode::kServe);
  EXPECT_EQ(command.source.file, "");
  EXPECT_TRUE(command.source.apps.empty());
  for (const config::Block& block : {command.source.flags, command.source.environment}) {
    EXPECT_FALSE(block.endpoint || block.scrape_interval || block.scrape_timeout ||
                 block.recent_days || block.staleness || block.requests_per_second ||
                 block.authorization || block.tls || block.proxy_url || block.slo_objective ||
                 block.queue_backlog_threshold || block.gpu_prices);
  }
}

TEST_F(CommandLineTest, TakesAFlagForOffIfItSaysSo) {
  const RunExporter command =
      run({"--web.enable-lifecycle=false", "--collector.workers=false", "--once=false"});
  EXPECT_FALSE(command.options.lifecycle);
  EXPECT_FALSE(command.options.collect_workers);
  EXPECT_EQ(command.mode, RunExporter::Mode::kServe);
  EXPECT_TRUE(run({"--web.enable-lifecycle=true"}).options.lifecycle);
}

TEST_F(CommandLineTest, HasDefaultsForTheProgramsOptions) {
  const Options options = run({}).options;
  EXPECT_EQ(options.state_file, "");
  EXPECT_FALSE(options.collect_workers);
  EXPECT_EQ(options.listen, (std::vector<config::ListenAddress>{{"", 10880}}));
  EXPECT_FALSE(options.passed_listeners);
  EXPECT_EQ(options.telemetry_path, "/metrics");
  EXPECT_FALSE(options.lifecycle);
  EXPECT_EQ(options.auto_reload_interval.count(), 0);
  EXPECT_EQ(options.log_level, log::Level::kInfo);
  EXPECT_EQ(options.log_format, log::Format::kLogfmt);
}

TEST_F(CommandLineTest, ReadsWhatIsPolled) {
  const config::Source source =
      run({"--config.file", "c.yml", "--app", "a/b", "--app=c/d", "--api.endpoint", "http://x:1/",
           "--api.token-file", "t", "--scrape.interval", "1m", "--scrape.timeout", "5s"})
          .source;
  EXPECT_EQ(source.file, "c.yml");
  ASSERT_EQ(source.apps.size(), 2U);
  EXPECT_EQ(source.apps[0].value, (api::AppRef{"a", "b"}));
  EXPECT_EQ(source.apps[1].value, (api::AppRef{"c", "d"}));
  EXPECT_EQ(source.apps[1].origin, "--app");
  EXPECT_EQ(source.flags.endpoint->value, "http://x:1");
  EXPECT_EQ(source.flags.endpoint->origin, "--api.endpoint");
  EXPECT_EQ(source.flags.authorization->value.credentials_file, "t");
  EXPECT_EQ(source.flags.authorization->origin, "--api.token-file");
  EXPECT_EQ(source.flags.scrape_interval->value, std::chrono::minutes{1});
  EXPECT_EQ(source.flags.scrape_timeout->value, std::chrono::seconds{5});
  EXPECT_EQ(source.flags.scrape_timeout->origin, "--scrape.timeout");
}

TEST_F(CommandLineTest, ReadsWhatIsExposed) {
  const RunExporter all =
      run({"--collector.workers", "--slo.objective", "0.9", "--queue.backlog-threshold", "5",
           "--gpu.price", "A, B=1 EUR", "--gpu.price", "C=2"});
  EXPECT_TRUE(all.options.collect_workers);
  EXPECT_EQ(all.source.flags.slo_objective->value, 0.9);
  EXPECT_EQ(all.source.flags.queue_backlog_threshold->value, 5U);
  const std::vector<config::GpuPrice> prices{{"A, B", 1, "EUR"}, {"C", 2, "USD"}};
  EXPECT_EQ(all.source.flags.gpu_prices->value, prices);
}

TEST_F(CommandLineTest, ReadsTheProgramsOptions) {
  const Options options =
      run({"--config.file", "c.yml", "--config.auto-reload-interval", "30s", "--state.file", "/s",
           "--web.listen-address", "127.0.0.1:1", "--web.listen-address", "[::1]:2",
           "--web.telemetry-path", "/m/x", "--web.enable-lifecycle", "--log.level", "debug",
           "--log.format", "json"})
          .options;
  EXPECT_EQ(options.auto_reload_interval, std::chrono::seconds{30});
  EXPECT_EQ(options.state_file, "/s");
  EXPECT_EQ(options.listen, (std::vector<config::ListenAddress>{{"127.0.0.1", 1}, {"::1", 2}}));
  EXPECT_EQ(options.telemetry_path, "/m/x");
  EXPECT_TRUE(options.lifecycle);
  EXPECT_EQ(options.log_level, log::Level::kDebug);
  EXPECT_EQ(options.log_format, log::Format::kJson);
}

TEST_F(CommandLineTest, ServesAtAnAddressOrOnPassedSockets) {
  EXPECT_TRUE(run({"--web.systemd-socket"}).options.passed_listeners);
  EXPECT_EQ(refusal({"--web.systemd-socket", "--web.listen-address", ":1"}),
            "--web.systemd-socket: --web.listen-address is given too, expected one of them");
}

TEST_F(CommandLineTest, ReadsWhatIsToBeDoneInsteadOfServing) {
  EXPECT_EQ(run({"--once"}).mode, RunExporter::Mode::kOnce);
  EXPECT_EQ(run({"--config.check"}).mode, RunExporter::Mode::kCheck);
  EXPECT_EQ(run({"--web.check-health"}).mode, RunExporter::Mode::kCheckHealth);
  EXPECT_EQ(refusal({"--config.check", "--once"}),
            "--once: --config.check is given too, expected one of them");
  EXPECT_EQ(refusal({"--web.check-health", "--once"}),
            "--once: --web.check-health is given too, expected one of them");
}

TEST_F(CommandLineTest, ReadsWhichShardItIs) {
  EXPECT_EQ(run({}).source.shard, (config::Shard{.number = 0, .total = 1}));
  EXPECT_EQ(run({"--shard", "2", "--total-shards", "3"}).source.shard,
            (config::Shard{.number = 2, .total = 3}));
  EXPECT_EQ(refusal({"--shard", "0"}),
            "--shard: --total-shards is not given, expected both or none");
  EXPECT_EQ(refusal({"--total-shards", "2"}),
            "--total-shards: --shard is not given, expected both or none");
  EXPECT_EQ(refusal({"--shard", "3", "--total-shards", "3"}),
            "--shard: 3 is none of 3 shards, expected 0 to 2");
  EXPECT_EQ(refusal({"--shard", "x", "--total-shards", "3"}),
            "--shard: 'x' is no number of a shard from 0 to 999");
  EXPECT_EQ(refusal({"--shard", "5", "--total-shards", "0"}),
            "--total-shards: '0' is no number of shards from 1 to 1000");
}

TEST_F(CommandLineTest, TakesAnAppWhoseNameHasACommaInIt) {
  EXPECT_EQ(run({"--app", "a/b,c"}).source.apps[0].value, (api::AppRef{"a", "b,c"}));
}

TEST_F(CommandLineTest, ReadsTheEnvironment) {
  setenv("EVERAI_TOKEN", " secret\n", 1);
  setenv("EVERAI_ENDPOINT", "http://environment/", 1);
  const config::Block environment = run({}).source.environment;
  EXPECT_EQ(environment.endpoint->value, "http://environment");
  EXPECT_EQ(environment.endpoint->origin, "EVERAI_ENDPOINT");
  EXPECT_EQ(environment.authorization->value.credentials.reveal(), "secret");
  EXPECT_EQ(environment.authorization->origin, "EVERAI_TOKEN");
}

TEST_F(CommandLineTest, SaysWhatIsWrongInOneLine) {
  EXPECT_EQ(refusal({"--app", "sd"}), "--app: 'sd' is no app such as default/sd");
  EXPECT_EQ(refusal({"--app", "sd", "--log.level", "loud"}),
            "--app: 'sd' is no app such as default/sd");
  EXPECT_EQ(refusal({"--scrape.interval", "30"}),
            "--scrape.interval: '30' is no duration such as 30s or 1m30s");
  EXPECT_EQ(refusal({"--scrape.interval", "500ms"}),
            "--scrape.interval: '500ms' is no interval from 1s to 1d");
  EXPECT_EQ(refusal({"extra"}), "unexpected argument 'extra'");
  EXPECT_EQ(refusal({"--log.level", "loud"}),
            "--log.level: 'loud' is none of debug, info, warn, error");
  EXPECT_NE(refusal({"--nonsense"}).find("nonsense"), std::string::npos);
  EXPECT_NE(refusal({"--app"}).find("app"), std::string::npos);
  EXPECT_EQ(refusal({"--api.endpoint", ""}),
            "--api.endpoint: '' is no endpoint such as https://everai.expvent.com");
  EXPECT_EQ(refusal({"--gpu.price", "L4=1", "--gpu.price", "L4=2"}),
            "--gpu.price: the price of GPU model L4 is given twice");
  EXPECT_EQ(refusal({"--web.listen-address", ":1", "--web.listen-address", "x"}),
            "--web.listen-address: 'x' is no listen address such as :10880 or 127.0.0.1:10880");
}

TEST_F(CommandLineTest, DoesNotTakeAFlagForAnotherFlagsValue) {
  for (const char* flag : {"--app", "--state.file", "--config.file", "--gpu.price", "--log.level",
                           "--web.telemetry-path", "--scrape.interval"}) {
    EXPECT_EQ(refusal({flag, "--once"}),
              flag + std::string(": '--once' is a flag, expected a value"));
  }
  EXPECT_EQ(refusal({"--state.file", "-h"}), "--state.file: '-h' is a flag, expected a value");
  EXPECT_EQ(refusal({"--state.file=--once"}), "--state.file: '--once' is a flag, expected a value");
  EXPECT_EQ(run({"--state.file", "./--once"}).options.state_file, "./--once");
  EXPECT_EQ(refusal({"--api.token-file", ""}), "--api.token-file: '' is no file");
}

TEST_F(CommandLineTest, TakesEachFlagOnceButThoseThatMayBeGivenAgain) {
  EXPECT_EQ(refusal({"--log.level", "info", "--log.level", "error"}),
            "--log.level: it is given more than once");
  EXPECT_EQ(refusal({"--log.level=info", "--log.level", "info"}),
            "--log.level: it is given more than once");
  EXPECT_EQ(refusal({"--once", "--once"}), "--once: it is given more than once");
  EXPECT_EQ(refusal({"--once=false", "--once"}), "--once: it is given more than once");
  EXPECT_EQ(refusal({"--api.token-file", "a", "--api.token-file", "b"}),
            "--api.token-file: it is given more than once");
  EXPECT_EQ(run({"--app", "a/b", "--app", "c/d", "--gpu.price", "A=1", "--gpu.price", "B=1",
                 "--web.listen-address", ":1", "--web.listen-address", ":2"})
                .source.apps.size(),
            2U);
}

TEST_F(CommandLineTest, ShowsHelpWhateverElseIsGiven) {
  EXPECT_EQ(text({"--log.level", "loud", "-h", "--once", "--once"}), text({"--help"}));
  EXPECT_EQ(text({"-hh"}), text({"--help"}));
}

TEST_F(CommandLineTest, RefusesWhatIsNoFlag) {
  for (const char* argument : {"-", "", " ", "--=", "--=x", "---once", "-once", "--no-once",
                               "--onc", "--once=maybe", "--once=", "\xFF", "--\xFF"}) {
    EXPECT_NE(refusal({argument}), "accepted") << argument;
  }
  EXPECT_EQ(refusal({"--", "--once"}), "unexpected argument '--once'");
}

TEST_F(CommandLineTest, RefusesATokenThatCannotBeSentWithoutShowingIt) {
  setenv("EVERAI_TOKEN", "canary token", 1);
  EXPECT_EQ(
      refusal({}),
      "EVERAI_TOKEN: the token has a control character, a space or a byte beyond ASCII in it");
}

TEST_F(CommandLineTest, RefusesAnEndpointOfTheEnvironmentWithoutShowingItsPassword) {
  setenv("EVERAI_ENDPOINT", "https://user:canary@host", 1);
  EXPECT_EQ(refusal({}), "EVERAI_ENDPOINT: the endpoint must not hold credentials");
}

TEST_F(CommandLineTest, KeepsTheMetricsOffOtherPaths) {
  for (const char* path : {"/", "/status.json", "/-/healthy", "/-/reload", "/-/"}) {
    EXPECT_NE(refusal({"--web.telemetry-path", path}).find("has a meaning of its own"),
              std::string::npos)
        << path;
  }
  for (const char* path : {"", "metrics", "/a b", "/a?b", "/a#b", "/%41", "/\xC3\xA9", "/<b>"}) {
    EXPECT_NE(refusal({"--web.telemetry-path", path}).find("is no path such as /metrics"),
              std::string::npos)
        << path;
  }
}

TEST_F(CommandLineTest, TakesNoPathForTheMetricsThatCannotBeAskedFor) {
  EXPECT_EQ(refusal({"--web.telemetry-path", ("/" + std::string(256, 'x')).c_str()}),
            "--web.telemetry-path: the path has 257 bytes, expected at most 256");
  for (const char* path : {"//", "/.", "/..", "/./", "/../", "//metrics", "/a//b", "/a//",
                           "/./metrics", "/a/../b", "/a/..", "/a/."}) {
    EXPECT_EQ(refusal({"--web.telemetry-path", path}),
              "--web.telemetry-path: '" + std::string(path) +
                  "' cannot be asked for: clients and proxies shorten '.', '..' and '//', expected "
                  "another path such as /metrics");
  }
  const std::string longest = "/" + std::string(255, 'x');
  for (const char* path : {"/m", "/metrics/", "/a/b/", "/-", "/-healthy", "/status.json/", "/a;b",
                           "/*", "/...", "/..a", "/a..", "/.well-known/m", longest.c_str()}) {
    EXPECT_EQ(run({"--web.telemetry-path", path}).options.telemetry_path, path);
  }
}

TEST_F(CommandLineTest, LooksForChangesOfAFileThatIsThere) {
  EXPECT_EQ(refusal({"--config.auto-reload-interval", "30s"}),
            "--config.auto-reload-interval: there is nothing to read again, expected "
            "--config.file beside it");
  EXPECT_EQ(refusal({"--config.file", "c.yml", "--config.auto-reload-interval", "999ms"}),
            "--config.auto-reload-interval: '999ms' is no interval from 1s to 1d");
  EXPECT_EQ(run({"--config.auto-reload-interval", "0"}).options.auto_reload_interval.count(), 0);
}

TEST_F(CommandLineTest, KnowsWhatToDo) {
  EXPECT_EQ(run({"--once"}).mode, RunExporter::Mode::kOnce);
  EXPECT_EQ(run({"--config.check"}).mode, RunExporter::Mode::kCheck);
  EXPECT_EQ(refusal({"--once", "--config.check"}),
            "--once: --config.check is given too, expected one of them");
}

TEST_F(CommandLineTest, ShowsTheVersionAsOtherExportersDo) {
  const std::string version = text({"--version"});
  EXPECT_EQ(version.substr(0, 25), "everai_exporter, version ");
  EXPECT_NE(version.find("\n  compiler:         "), std::string::npos);
  EXPECT_NE(version.find("\n  platform:         linux/"), std::string::npos);
}

TEST_F(CommandLineTest, ShowsHelpWithDefaults) {
  const std::string help = text({"--help"});
  for (const char* part : {"--api.endpoint URL", "(default: https://everai.expvent.com)",
                           "--web.listen-address ADDRESS", "(default: :10880)"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace everai::app
