#include "workers/cli.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace everai::workers {
namespace {

using namespace std::chrono_literals;
using Ids = std::vector<std::string>;

auto parse(const std::vector<const char*>& arguments) {
  unsetenv("EVERAI_ENDPOINT");
  unsetenv("EVERAI_TOKEN");
  std::vector<const char*> argv{"everai_workers"};
  for (const char* argument : arguments) {
    argv.push_back(argument);
  }
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

Command command_of(const std::vector<const char*>& arguments) {
  return std::get<Command>(parse(arguments).value());
}

std::string complaint(const std::vector<const char*>& arguments) {
  const auto parsed = parse(arguments);
  if (parsed) {
    return "none";
  }
  EXPECT_EQ(parsed.error().code, ErrorCode::kUsage);
  return parsed.error().message;
}

TEST(WorkersCommandLine, ReadsList) {
  const Command command = command_of({"list", "default/sd"});
  EXPECT_EQ(command.app, (api::AppRef{"default", "sd"}));
  EXPECT_EQ(command.call_time, 30s);
  EXPECT_EQ(command.recent_days, 2U);
  EXPECT_FALSE(std::get<List>(command.action).all);
  EXPECT_EQ(std::get<List>(command.action).output, Output::kTable);

  const Command full =
      command_of({"--all", "list", "--output=yaml", "a/b", "--recent-days=7", "--api.timeout=5s",
                  "--config.file=x.yml", "--api.token-file=t", "--api.endpoint=http://e"});
  EXPECT_TRUE(std::get<List>(full.action).all);
  EXPECT_EQ(std::get<List>(full.action).output, Output::kYaml);
  EXPECT_EQ(full.recent_days, 7U);
  EXPECT_EQ(full.call_time, 5s);
  EXPECT_EQ(full.source.file, "x.yml");
  EXPECT_EQ(full.source.flags.authorization->value.credentials_file, "t");
  EXPECT_EQ(full.source.flags.endpoint->value, "http://e");
}

TEST(WorkersCommandLine, ReadsScaleUp) {
  const ScaleUp plain = std::get<ScaleUp>(command_of({"scale-up", "a/b", "--count=3"}).action);
  EXPECT_EQ(plain.count, 3U);
  EXPECT_EQ(plain.to, std::nullopt);
  EXPECT_FALSE(plain.manner.dry_run);
  EXPECT_FALSE(plain.manner.confirmed);
  EXPECT_FALSE(plain.manner.json);
  EXPECT_FALSE(plain.manner.wait);
  const ScaleUp full = std::get<ScaleUp>(
      command_of({"scale-up", "a/b", "--count", "1000", "--dry-run", "--wait", "--timeout=1m"})
          .action);
  EXPECT_EQ(full.count, 1000U);
  EXPECT_TRUE(full.manner.dry_run);
  EXPECT_EQ(full.manner.wait, 1min);
  const ScaleUp goal = std::get<ScaleUp>(
      command_of({"scale-up", "a/b", "--to=5000", "--yes", "--output=json"}).action);
  EXPECT_EQ(goal.to, 5000U);
  EXPECT_EQ(goal.count, std::nullopt);
  EXPECT_TRUE(goal.manner.confirmed);
  EXPECT_TRUE(goal.manner.json);
}

TEST(WorkersCommandLine, ReadsScaleDown) {
  const ScaleDown some =
      std::get<ScaleDown>(command_of({"scale-down", "a/b", "--count=2", "--wait"}).action);
  EXPECT_EQ(some.wanted.count, 2U);
  EXPECT_TRUE(some.wanted.worker_ids.empty());
  EXPECT_FALSE(some.manner.confirmed);
  EXPECT_EQ(some.manner.wait, 10min);
  const ScaleDown named = std::get<ScaleDown>(
      command_of({"scale-down", "a/b", "--worker", "x", "y", "--worker=z", "x", "--yes"}).action);
  EXPECT_FALSE(named.wanted.count);
  EXPECT_EQ(named.wanted.worker_ids, (Ids{"x", "z", "y"})) << "each once";
  EXPECT_TRUE(named.manner.confirmed);
  const ScaleDown goal =
      std::get<ScaleDown>(command_of({"scale-down", "a/b", "--to=0", "--output=text"}).action);
  EXPECT_EQ(goal.to, 0U);
  EXPECT_FALSE(goal.manner.json);
}

TEST(WorkersCommandLine, SaysWhatIsWrong) {
  EXPECT_EQ(complaint({}), "expected a command: list, scale-up or scale-down");
  EXPECT_EQ(complaint({"lst", "a/b"}),
            "'lst' is no command, expected list, scale-up or scale-down");
  EXPECT_EQ(complaint({"list"}), "list: expected an app, NAMESPACE/NAME");
  EXPECT_EQ(complaint({"list", "a/b", "c"}), "unexpected argument 'c'");
  EXPECT_EQ(complaint({"list", "a/b", "--yes"}), "--yes: it is no flag of list");
  EXPECT_EQ(complaint({"list", "a/b", "--count=1"}), "--count: it is no flag of list");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--worker=x"}), "--worker: it is no flag of scale-up");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=1", "--all"}),
            "--all: it is no flag of scale-up");
  EXPECT_EQ(complaint({"scale-up", "a/b"}), "scale-up: expected one of --count N and --to N");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=1", "--to=1"}),
            "scale-up: expected one of --count N and --to N");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--to=100001"}),
            "--to: '100001' is not a number of workers from 0 to 100000");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=1", "--output=yaml"}),
            "--output: 'yaml' is no output of a change, expected text or json");
  EXPECT_EQ(complaint({"list", "a/b", "--output=text"}),
            "--output: 'text' is no output, expected table, wide, json or yaml");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=0"}),
            "--count: '0' is not a number of workers from 1 to 1000");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=1001"}),
            "--count: '1001' is not a number of workers from 1 to 1000");
  EXPECT_EQ(complaint({"scale-down", "a/b"}),
            "scale-down: expected one of --count N, --to N and --worker ID");
  EXPECT_EQ(complaint({"scale-down", "a/b", "--count=1", "--worker=x"}),
            "scale-down: expected one of --count N, --to N and --worker ID");
  EXPECT_EQ(complaint({"scale-down", "a/b", "--worker", "--yes"}),
            "--worker: '--yes' is a flag, expected a value");
  EXPECT_EQ(complaint({"scale-up", "a/b", "--count=1", "--count=2"}),
            "--count: it is given more than once");
  EXPECT_EQ(complaint({"scale-down", "a/b", "--worker=x", "--worker=y", "--yes", "--yes"}),
            "--yes: it is given more than once");
  EXPECT_NE(complaint({"list", "sd"}).find("list: "), std::string::npos);
  EXPECT_NE(complaint({"list", "a/b", "--nope"}).find("nope"), std::string::npos);
}

TEST(WorkersCommandLine, ShowsHelpAndVersionWhateverElseIsThere) {
  const auto help = parse({"scale-up", "--help"});
  EXPECT_NE(std::get<ShowText>(help.value()).text.find("--worker ID"), std::string::npos);
  const auto version = parse({"--version"});
  EXPECT_TRUE(std::get<ShowText>(version.value()).text.starts_with("everai_workers, version "));
}

}  // namespace
}  // namespace everai::workers
