// Real pipes and files, as standard error may be one.

#include "util/line_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <vector>

#include "support/temp_dir.hpp"

namespace everai {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

LineWriter::Options options(std::size_t limit_bytes = 1UL << 20U) {
  return {.limit_bytes = limit_bytes,
          .render_gap = [](std::uint64_t lines) { return fmt::format("gap {}\n", lines); }};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

struct Pipe {
  UniqueFd out;
  UniqueFd in;

  Pipe() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
    out = UniqueFd(fds[0]);
    in = UniqueFd(fds[1]);
  }
  /// Until it has so many lines in all.
  void read_lines(std::string& text, std::size_t lines) const {
    std::array<char, 65536> buffer{};
    while (lines_of(text).size() < lines) {
      const ssize_t size = ::read(out.get(), buffer.data(), buffer.size());
      ASSERT_GT(size, 0);
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
};

TEST(LineWriter, WritesAtOnceWhileThereIsNoThread) {
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options());
  writer.write("one\n");
  std::string text;
  pipe.read_lines(text, 1);
  EXPECT_EQ(text, "one\n");
  EXPECT_TRUE(writer.finish(1s));
}

TEST(LineWriter, KeepsLinesWholeAndInTheOrderOfEachThread) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kLines = 500;
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options());
  writer.run_in_background();
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer, t] {
        for (std::size_t i = 0; i < kLines; ++i) {
          writer.write(fmt::format("{} {} {}\n", t, i, std::string(i, 'x')));
        }
      });
    }
    std::string text;
    pipe.read_lines(text, kThreads * kLines);
    std::array<std::size_t, kThreads> next{};
    for (const std::string& line : lines_of(text)) {
      const std::size_t t = std::stoul(line);
      ASSERT_LT(t, kThreads);
      EXPECT_EQ(line, fmt::format("{} {} {}", t, next.at(t), std::string(next.at(t), 'x')));
      ++next.at(t);
    }
  }
  EXPECT_TRUE(writer.finish(1s));
  EXPECT_EQ(writer.dropped(), 0U);
}

TEST(LineWriter, TakesALineThatIsLongerThanAPipe) {
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options(100));
  writer.run_in_background();
  const std::string line = std::string(300000, 'x') + '\n';
  writer.write(line);
  std::string text;
  std::array<char, 65536> buffer{};
  while (text.size() < line.size()) {
    const ssize_t size = ::read(pipe.out.get(), buffer.data(), buffer.size());
    ASSERT_GT(size, 0);
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  EXPECT_EQ(text, line);
  EXPECT_TRUE(writer.finish(1s));
}

TEST(LineWriter, WaitsForNobodyAndSaysWhereLinesAreMissing) {
  constexpr std::size_t kLines = 5000;
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options(100'000));
  writer.run_in_background();
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < kLines; ++i) {
    writer.write(fmt::format("{:099}\n", i));
  }
  EXPECT_LT(Clock::now() - begin, 5s);
  const std::uint64_t dropped = writer.dropped();
  EXPECT_GT(dropped, kLines / 2);
  EXPECT_LE(dropped, kLines - 1000);

  const std::size_t kept = kLines - dropped;
  std::string text;
  pipe.read_lines(text, kept + 1);
  writer.write("after\n");
  pipe.read_lines(text, kept + 2);
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i < kept; ++i) {
    EXPECT_EQ(lines[i], fmt::format("{:099}", i));
  }
  EXPECT_EQ(lines[kept], fmt::format("gap {}", dropped));
  EXPECT_EQ(lines[kept + 1], "after");
  EXPECT_TRUE(writer.finish(1s));
  EXPECT_EQ(writer.dropped(), dropped);
}

TEST(LineWriter, WritesAllBeforeTheEndIfSomebodyReads) {
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options());
  writer.run_in_background();
  for (std::size_t i = 0; i < 100; ++i) {
    writer.write("line\n");
  }
  EXPECT_TRUE(writer.finish(10s));
  std::string text;
  pipe.read_lines(text, 100);
}

TEST(LineWriter, EndsThoughNobodyReads) {
  const Pipe pipe;
  LineWriter writer(pipe.in.get(), options());
  writer.run_in_background();
  for (std::size_t i = 0; i < 100; ++i) {
    writer.write(std::string(4000, 'x') + '\n');
  }
  const auto begin = Clock::now();
  EXPECT_TRUE(writer.finish(50ms));
  EXPECT_LT(Clock::now() - begin, 5s);
}

TEST(LineWriter, CountsWhatNobodyCanReadAnyMore) {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  LineWriter writer(pipe.in.get(), options());
  writer.run_in_background();
  pipe.out = UniqueFd();
  for (std::size_t i = 0; i < 10; ++i) {
    writer.write("line\n");
  }
  EXPECT_TRUE(writer.finish(10s));
  EXPECT_EQ(writer.dropped(), 10U);
}

TEST(LineWriter, GoesOnInAFileThatWasFullWithLinesThatAreWhole) {
  const test::TempDir dir;
  const std::string path = dir / "log";
  const UniqueFd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  LineWriter writer(file.get(), options());
  writer.run_in_background();

  const rlimit small{.rlim_cur = 25, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  constexpr std::uint64_t kLost = 8;
  for (std::size_t i = 0; i < 10; ++i) {
    writer.write(fmt::format("line {:04}\n", i));
  }
  while (writer.dropped() < kLost) {
    std::this_thread::yield();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  writer.write("after\n");
  EXPECT_TRUE(writer.finish(10s));

  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "line 0000\nline 0001\nline \ngap 8\nafter\n");
  EXPECT_EQ(writer.dropped(), kLost);
}

}  // namespace
}  // namespace everai
