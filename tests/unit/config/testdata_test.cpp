// Every file of tests/testdata/config: what is bad is refused with the message that it names, and
// what is good is taken.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "config/render.hpp"
#include "support/files.hpp"

namespace everai::config {
namespace {

/// What no message may repeat.
constexpr std::string_view kCanary = "canary";

const std::string kFolder = EVERAI_TESTDATA "/config";

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + "/" + folder)) {
    files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<Loaded> load_file(const std::string& path,
                         const std::optional<api::AppRef>& only = std::nullopt) {
  Source source;
  source.file = path;
  if (only) {
    source.only = {*only, "the command line"};
  }
  return load(source);
}

/// The message that a file's first line names; FILE stands for the file's path, DIR for its folder.
std::string wanted_message(const std::string& path) {
  const std::string text = test::read_file(path);
  const std::string head = "# want: ";
  EXPECT_TRUE(text.starts_with(head)) << path;
  std::string want = text.substr(head.size(), text.find('\n') - head.size());
  const std::string folder = path.substr(0, path.rfind('/'));
  for (const auto& [name, value] : {std::pair{"FILE", path}, std::pair{"DIR", folder}}) {
    for (std::size_t at = want.find(name); at != std::string::npos;
         at = want.find(name, at + value.size())) {
      want.replace(at, std::string_view(name).size(), value);
    }
  }
  return want;
}

TEST(BadConfigFiles, AreRefusedWithTheMessageTheyName) {
  const std::vector<std::string> files = files_of("bad");
  EXPECT_GE(files.size(), 90U);
  for (const std::string& path : files) {
    const Result<Loaded> loaded = load_file(path);
    ASSERT_FALSE(loaded.has_value()) << path;
    EXPECT_EQ(loaded.error().code, ErrorCode::kUsage) << path;
    EXPECT_EQ(loaded.error().message, wanted_message(path)) << path;
    EXPECT_EQ(loaded.error().message.find(kCanary), std::string::npos) << path;
  }
}

TEST(GoodConfigFiles, AreTaken) {
  const std::vector<std::string> files = files_of("good");
  EXPECT_GE(files.size(), 12U);
  for (const std::string& path : files) {
    const Result<Loaded> loaded = load_file(path);
    ASSERT_TRUE(loaded.has_value()) << path << ": " << loaded.error().message;
    EXPECT_EQ(render(loaded->config).find(kCanary), std::string::npos) << path;
    for (const std::string& warning : loaded->warnings) {
      EXPECT_EQ(warning.find(kCanary), std::string::npos) << warning;
    }
  }
}

TEST(BadConfigFiles, AreRefusedWithTheSameMessageForAnAppAloneOrDoNotMatterToIt) {
  int refused = 0;
  int taken = 0;
  for (const std::string& path : files_of("bad")) {
    for (const char* name : {"sd", "llm", "none"}) {
      const Result<Loaded> loaded = load_file(path, api::AppRef{"default", name});
      (loaded ? taken : refused) += 1;
      EXPECT_EQ(loaded ? wanted_message(path) : loaded.error().message, wanted_message(path))
          << name;
      EXPECT_EQ(loaded ? loaded->config.apps.size() : 1, 1U) << path;
    }
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(taken, 0);
}

TEST(GoodConfigFiles, SayTheSameOfAnAppAlone) {
  for (const std::string& path : files_of("good")) {
    const Result<Loaded> all = load_file(path);
    ASSERT_TRUE(all.has_value()) << path << ": " << all.error().message;
    for (const AppConfig& app : all->config.apps) {
      const Result<Loaded> alone = load_file(path, app.app);
      ASSERT_TRUE(alone.has_value()) << path << ": " << alone.error().message;
      EXPECT_EQ(alone->config.apps, std::vector<AppConfig>{app}) << path;
    }
  }
}

}  // namespace
}  // namespace everai::config
