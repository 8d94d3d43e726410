#include "util/read_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "support/temp_dir.hpp"
#include "util/unique_fd.hpp"

namespace everai {
namespace {

using namespace std::chrono_literals;

std::string message_of(const Result<FileContents>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(ReadFile, ReadsUpToTheLimit) {
  const test::TempDir dir;
  test::write_file(dir / "f", std::string("a\0b\n", 4));
  EXPECT_EQ(read_file(dir / "f", 4)->text, std::string("a\0b\n", 4));
  EXPECT_EQ(message_of(read_file(dir / "f", 3)), "it is larger than 3 bytes");
  EXPECT_EQ(read_file(dir / "f", 3).error().code, ErrorCode::kTooLarge);
  test::write_file(dir / "empty", "");
  EXPECT_EQ(read_file(dir / "empty", 0)->text, "");
  for (const std::size_t size : {1023U, 1025U, 4095U, 4096U, 4097U, 100'000U}) {
    test::write_file(dir / "large", std::string(size, 'x'));
    EXPECT_EQ(read_file(dir / "large", size)->text.size(), size);
    EXPECT_EQ(read_file(dir / "large", 1UL << 30U)->text.size(), size);
    EXPECT_EQ(read_file(dir / "large", size - 1).error().code, ErrorCode::kTooLarge);
  }
}

TEST(ReadFile, ReadsWhatDoesNotSayHowLargeItIs) {
  EXPECT_EQ(read_file("/proc/self/stat", 100'000)->text.find("("),
            std::to_string(::getpid()).size() + 1);
  EXPECT_EQ(read_file("/proc/self/stat", 3).error().code, ErrorCode::kTooLarge);
}

TEST(ReadFile, RefusesWhatIsNoFileWithoutWaiting) {
  const test::TempDir dir;
  EXPECT_EQ(message_of(read_file(dir / "none", 10)), "No such file or directory");
  EXPECT_EQ(message_of(read_file("", 10)), "No such file or directory");
  EXPECT_EQ(message_of(read_file(std::string(5000, 'x'), 10)), "File name too long");
  EXPECT_EQ(message_of(read_file(dir / "", 10)), "it is not a regular file");
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  ASSERT_EQ(::symlink((dir / "pipe").c_str(), (dir / "link").c_str()), 0);
  ASSERT_EQ(::symlink((dir / "loop").c_str(), (dir / "loop").c_str()), 0);
  EXPECT_EQ(message_of(read_file(dir / "loop", 10)), "Too many levels of symbolic links");
  for (const std::string& path :
       {dir / "pipe", dir / "link", std::string("/dev/zero"), std::string("/dev/tty")}) {
    EXPECT_EQ(message_of(read_file(path, 10)), "it is not a regular file") << path;
    EXPECT_EQ(read_file(path, 10).error().code, ErrorCode::kSystem) << path;
  }
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
  EXPECT_FALSE(is_open_to_others("/")) << "a folder";
  EXPECT_FALSE(is_open_to_others("/dev/null")) << "a device";
}

TEST(ReadFileOrPipe, ReadsAPipeUntilItsWritersHaveClosedIt) {
  const test::TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(is_pipe(dir / "pipe"));
  const std::jthread writer([&dir] {
    // It waits for the reader.
    const UniqueFd pipe(::open((dir / "pipe").c_str(), O_WRONLY | O_CLOEXEC));
    for (const std::string_view piece : {"first ", "second"}) {
      EXPECT_EQ(::write(pipe.get(), piece.data(), piece.size()),
                static_cast<ssize_t>(piece.size()));
    }
  });
  EXPECT_EQ(read_file_or_pipe(dir / "pipe", 12, 20s)->text, "first second");
}

TEST(ReadFileOrPipe, WaitsNoLongerThanItMay) {
  const test::TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file_or_pipe(dir / "pipe", 10, 20ms).error().code, ErrorCode::kTimeout);
  const UniqueFd writer(::open((dir / "pipe").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(writer.get(), "begun", 5), 5);
  EXPECT_EQ(message_of(read_file_or_pipe(dir / "pipe", 10, 20ms)),
            "the other end of the pipe was not closed in time");
}

TEST(ReadFileOrPipe, HoldsAPipeToTheLimitToo) {
  const test::TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const UniqueFd writer(::open((dir / "pipe").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::write(writer.get(), "endless", 7), 7);
  EXPECT_EQ(read_file_or_pipe(dir / "pipe", 6, 20s).error().code, ErrorCode::kTooLarge);
}

TEST(ReadFileOrPipe, ReadsFilesToo) {
  const test::TempDir dir;
  test::write_file(dir / "f", "x");
  EXPECT_FALSE(is_pipe(dir / "f"));
  EXPECT_EQ(read_file_or_pipe(dir / "f", 10, 0ms)->text, "x");
  EXPECT_EQ(message_of(read_file_or_pipe("/dev/zero", 10, 0ms)), "it is not a regular file");
}

}  // namespace
}  // namespace everai
