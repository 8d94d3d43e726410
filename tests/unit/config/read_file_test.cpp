#include "config/read_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_dir.hpp"

namespace everai::config {
namespace {

std::string message_of(const Result<FileContents>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(ReadFile, ReadsUpToTheLimit) {
  const test::TempDir dir;
  test::write_file(dir / "f", std::string("a\0b\n", 4));
  EXPECT_EQ(read_file(dir / "f", 4)->text, std::string("a\0b\n", 4));
  test::write_file(dir / "large", std::string(1025, 'x'));
  EXPECT_EQ(read_file(dir / "large", 1025)->text.size(), 1025U);
  EXPECT_EQ(message_of(read_file(dir / "large", 1024)), "it is larger than 1 KiB");
}

TEST(ReadFile, RefusesWhatIsNoFileWithoutWaiting) {
  const test::TempDir dir;
  EXPECT_EQ(message_of(read_file(dir / "none", 10)), "No such file or directory");
  EXPECT_EQ(message_of(read_file(dir / "", 10)), "it is no regular file");
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(message_of(read_file(dir / "pipe", 10)), "it is no regular file");
}

TEST(ReadFile, TellsWhoHasAccess) {
  const test::TempDir dir;
  test::write_file(dir / "f", "x");
  for (const auto& [mode, open] :
       {std::pair{0440, false}, {0660, false}, {0444, true}, {0602, true}, {0601, true}}) {
    ASSERT_EQ(::chmod((dir / "f").c_str(), static_cast<mode_t>(mode)), 0);
    EXPECT_EQ(is_open_to_others(dir / "f"), open) << mode;
    EXPECT_EQ(read_file(dir / "f", 10)->open_to_others, open) << mode;
  }
  EXPECT_FALSE(is_open_to_others(dir / "none"));
}

}  // namespace
}  // namespace everai::config
