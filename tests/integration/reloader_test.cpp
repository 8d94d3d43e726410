// Real files, loaded again and again.

#include "app/reloader.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace everai::app {
namespace {

using test::TempDir;
using test::write_file;

class ReloaderTest : public testing::Test {
 protected:
  ReloaderTest() { write_file(path, kOneApp); }

  Reloader make() {
    const config::Source source{.file = path};
    Result<config::Loaded> loaded = config::load(source);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return {source,
            std::move(*loaded),
            clock,
            {.apply =
                 [this](const config::Config& config) {
                   applied.push_back(config.apps.size());
                   return apply_result;
                 },
             .on_begin = [this] { told += "begin "; },
             .on_end = [this](bool good) { told += good ? "good " : "bad "; }}};
  }

  static constexpr const char* kOneApp = "apps: [{name: a}]\n";
  static constexpr const char* kTwoApps = "apps: [{name: a, recent_days: 2}, {name: b}]\n";
  const TempDir dir;
  const std::string path = dir / "config.yml";
  const SystemClock clock;
  std::vector<std::size_t> applied;
  Result<void> apply_result;
  std::string told;
};

TEST_F(ReloaderTest, PutsANewConfigurationToUseAndSaysWhatChanged) {
  Reloader reloader = make();
  write_file(path, kTwoApps);
  testing::internal::CaptureStderr();
  EXPECT_TRUE(reloader.reload());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("apps=2 added=\"1: default/b\" removed=0 changed=\"1: default/a\""),
            std::string::npos)
      << log;
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
  EXPECT_EQ(told, "begin good ");
  EXPECT_TRUE(reloader.state().last_reload_successful);
}

TEST_F(ReloaderTest, LeavesAllAsItWasIfTheFileIsBad) {
  Reloader reloader = make();
  const Timestamp before = reloader.state().last_reload_success;
  write_file(path, "apps: [{name: a}]\nbad: 1\n");
  const Result<void> result = reloader.reload();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with(path + ":2:1: ")) << result.error().message;
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(told, "begin bad ");
  EXPECT_FALSE(reloader.state().last_reload_successful);
  EXPECT_EQ(reloader.state().last_error, result.error().message);
  EXPECT_EQ(reloader.state().last_reload_success, before);

  write_file(path, kOneApp);
  EXPECT_TRUE(reloader.reload());
  EXPECT_EQ(reloader.state().last_error, "");
}

TEST_F(ReloaderTest, TellsOfAConfigurationThatIsNotTaken) {
  Reloader reloader = make();
  apply_result = fail(ErrorCode::kSystem, "hangs");
  EXPECT_FALSE(reloader.reload());
  EXPECT_EQ(reloader.state().last_error, "hangs");
}

TEST_F(ReloaderTest, ReloadsByItselfOnlyIfSomethingChanged) {
  Reloader reloader = make();
  reloader.reload_if_changed();
  EXPECT_TRUE(applied.empty());
  write_file(path, "# a comment\napps: [{name: a}]\n");
  reloader.reload_if_changed();
  EXPECT_TRUE(applied.empty()) << "it says the same";
  write_file(path, kTwoApps);
  reloader.reload_if_changed();
  reloader.reload_if_changed();
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
}

TEST_F(ReloaderTest, ComplainsOnceOfAFileThatStaysBadAndTakesTheOldOneBack) {
  Reloader reloader = make();
  write_file(path, "bad: 1\n");
  testing::internal::CaptureStderr();
  reloader.reload_if_changed();
  reloader.reload_if_changed();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  write_file(path, kOneApp);
  reloader.reload_if_changed();
  EXPECT_TRUE(reloader.state().last_reload_successful);
  EXPECT_EQ(told, "begin bad begin good ");
}

}  // namespace
}  // namespace everai::app
