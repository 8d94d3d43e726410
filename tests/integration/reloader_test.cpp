// Real files, loaded again and again.

#include "app/reloader.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/fake_clock.hpp"
#include "support/temp_dir.hpp"

namespace everai::app {
namespace {

using namespace std::chrono_literals;
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
             .on_end = [this](bool good) { told += good ? "good " : "bad "; },
             .pause =
                 [this](std::chrono::milliseconds time) {
                   ++pauses;
                   clock.advance(time);
                   in_pause();
                 }}};
  }

  /// Looks every second as the main thread does that waits for `kSettleTime` at most.
  void watch(Reloader& reloader, std::chrono::seconds time) {
    for (auto end = clock.steady_now() + time; clock.steady_now() < end; clock.advance(1s)) {
      static_cast<void>(reloader.reload_if_changed());
    }
  }

  /// Writes what is there anew, as an editor or a deployment does: a new file takes the old name.
  void replace(const std::string& text) {
    write_file(dir / "new", text);
    std::filesystem::rename(dir / "new", path);
  }

  static constexpr const char* kOneApp = "apps: [{name: a}]\n";
  static constexpr const char* kTwoApps = "apps: [{name: a, recent_days: 2}, {name: b}]\n";
  const TempDir dir;
  const std::string path = dir / "config.yml";
  test::FakeClock clock;
  int pauses = 0;
  std::function<void()> in_pause = [] {};
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

TEST_F(ReloaderTest, TellsTheAppsThatCameFromThoseThatWentAndThoseThatChanged) {
  write_file(path, "apps: [{name: d}, {name: a}, {name: c}, {name: b}]\n");
  Reloader reloader = make();
  write_file(path, "apps: [{name: e}, {name: b, recent_days: 2}, {name: c}, {name: f}]\n");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(reloader.reload());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("apps=4 added=\"2: default/e, default/f\" removed=\"2: default/a, default/d\" "
                     "changed=\"1: default/b\""),
            std::string::npos)
      << log;
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
  EXPECT_FALSE(reloader.reload_if_changed());
  EXPECT_TRUE(applied.empty());
  write_file(path, "# a comment\napps: [{name: a}]\n");
  EXPECT_FALSE(reloader.reload_if_changed());
  EXPECT_TRUE(applied.empty()) << "it says the same";
  write_file(path, kTwoApps);
  watch(reloader, 10s);
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
  EXPECT_EQ(pauses, 0);
}

TEST_F(ReloaderTest, ReloadsByItselfAtTheSecondLookThatFindsTheSame) {
  Reloader reloader = make();
  write_file(path, kTwoApps);
  EXPECT_TRUE(reloader.reload_if_changed());
  clock.advance(1s);
  EXPECT_TRUE(reloader.reload_if_changed());
  EXPECT_TRUE(applied.empty());
  clock.advance(1s);
  EXPECT_FALSE(reloader.reload_if_changed());
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
}

TEST_F(ReloaderTest, TakesNothingOfAFileThatIsBeingWritten) {
  write_file(path, kTwoApps);
  Reloader reloader = make();
  // Truncated, then written a byte at a time; most of the beginnings are valid, or say something
  // of their own.
  const std::string text = "apps:\n  - name: a\n  - name: b\n    recent_days: 12\n";
  testing::internal::CaptureStderr();
  for (std::size_t size = 0; size < text.size(); ++size) {
    write_file(path, text.substr(0, size));
    EXPECT_TRUE(reloader.reload_if_changed()) << size;
    clock.advance(size % 2 == 0 ? 1s : 5s);
  }
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(told, "");
  write_file(path, text);
  watch(reloader, 10s);
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
  EXPECT_EQ(told, "begin good ");
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("removed=0"), std::string::npos) << log;
}

/// As a job that writes the file anew every second: each look may find it half written, at the same
/// place.
TEST_F(ReloaderTest, TakesNothingOfAFileThatIsWrittenAgainToTheSameText) {
  write_file(path, kTwoApps);
  Reloader reloader = make();
  const auto changed = [this] { return config::look_at_file(path, 1000).second.changed; };
  for (int i = 0; i < 20; ++i) {
    // The file system's clock has ticks, which are shorter than the seconds between two looks.
    for (const auto before = changed(); changed() == before;) {
      write_file(path, kTwoApps);
      write_file(path, kOneApp);
      std::filesystem::last_write_time(path, {});
    }
    EXPECT_TRUE(reloader.reload_if_changed());
    clock.advance(2s);
  }
  EXPECT_TRUE(applied.empty());
}

TEST_F(ReloaderTest, SaysOnceThatAFileKeepsChanging) {
  Reloader reloader = make();
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    write_file(path, "apps: [{name: b" + std::to_string(i) + "}]\n");
    EXPECT_TRUE(reloader.reload_if_changed());
    clock.advance(2s);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_NE(log.find("level=warn msg=\"the configuration keeps changing, it is loaded once it "
                     "stays the same\" file=" +
                     path),
            std::string::npos)
      << log;
  EXPECT_TRUE(applied.empty());
  watch(reloader, 3s);
  EXPECT_EQ(applied, (std::vector<std::size_t>{1}));
}

TEST_F(ReloaderTest, TakesAFileThatIsReplacedOrComesBackOnceItStays) {
  Reloader reloader = make();
  std::filesystem::remove(path);
  EXPECT_TRUE(reloader.reload_if_changed());
  clock.advance(2s);
  replace(kTwoApps);
  EXPECT_TRUE(reloader.reload_if_changed());
  EXPECT_EQ(told, "");
  watch(reloader, 3s);
  EXPECT_EQ(told, "begin good ");
  std::filesystem::remove(path);
  EXPECT_TRUE(reloader.reload_if_changed());
  replace(kTwoApps);
  EXPECT_FALSE(reloader.reload_if_changed());
  EXPECT_EQ(told, "begin good ");
}

/// As the kubelet swaps the link `..data` of a ConfigMap.
TEST_F(ReloaderTest, TakesAFileBehindALinkThatIsSwapped) {
  for (const auto& [name, text] : {std::pair{"1", kOneApp}, std::pair{"2", kTwoApps}}) {
    std::filesystem::create_directory(dir / name);
    write_file(dir / (name + std::string("/everai.yml")), text);
  }
  std::filesystem::remove(path);
  std::filesystem::create_symlink("..data/everai.yml", path);
  std::filesystem::create_symlink("1", dir / "..data");
  Reloader reloader = make();
  std::filesystem::create_symlink("2", dir / "..data_tmp");
  std::filesystem::rename(dir / "..data_tmp", dir / "..data");
  watch(reloader, 3s);
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
}

TEST_F(ReloaderTest, ComplainsOnceOfAFileThatStaysBadAndTakesTheOldOneBack) {
  Reloader reloader = make();
  write_file(path, "bad: 1\n");
  testing::internal::CaptureStderr();
  watch(reloader, 10s);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  write_file(path, kOneApp);
  watch(reloader, 3s);
  EXPECT_TRUE(reloader.state().last_reload_successful);
  EXPECT_EQ(told, "begin bad begin good ");
}

TEST_F(ReloaderTest, ReadsAtOnceWhenAskedIfNothingWasChangedAMomentAgo) {
  Reloader reloader = make();
  write_file(path, kTwoApps);
  clock.advance(24h * 365 * 100);
  EXPECT_TRUE(reloader.reload());
  EXPECT_EQ(pauses, 0);
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
}

TEST_F(ReloaderTest, LooksTwiceWhenAskedForAFileOfAMomentAgo) {
  Reloader reloader = make();
  write_file(path, kOneApp);
  in_pause = [this] {
    if (pauses == 1) {
      write_file(path, kTwoApps);
    }
  };
  EXPECT_TRUE(reloader.reload());
  EXPECT_EQ(pauses, 2);
  EXPECT_EQ(applied, (std::vector<std::size_t>{2}));
}

TEST_F(ReloaderTest, RefusesAFileThatIsStillWrittenWhenAskedForIt) {
  Reloader reloader = make();
  in_pause = [this] { write_file(path, "apps: [{name: b" + std::to_string(pauses) + "}]\n"); };
  const SteadyTime before = clock.steady_now();
  const Result<void> result = reloader.reload();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, path + ": it keeps changing, reload again once it is written");
  EXPECT_LE(clock.steady_now() - before, 1200ms);
  EXPECT_TRUE(applied.empty());
  EXPECT_EQ(told, "begin bad ");
}

}  // namespace
}  // namespace everai::app
