// Real pipes and files, as standard output may be one.

#include "util/standard_output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "support/child.hpp"
#include "support/listener.hpp"

namespace everai {
namespace {

using test::Pipe;
using Way = Result<void> (*)(std::string_view);

class StandardOutputTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

  /// Writes a text one way or the other while standard output is this. @return the message, or
  /// "good".
  static std::string write(Way way, int stream, std::string_view text = "text\n") {
    const UniqueFd before(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100));
    ::dup2(stream, STDOUT_FILENO);
    const Result<void> written = way(text);
    ::dup2(before.get(), STDOUT_FILENO);
    return written ? "good" : written.error().message;
  }
};

TEST_F(StandardOutputTest, WritesAll) {
  for (const Way way : {&print_out, &deliver_out}) {
    Pipe pipe;
    EXPECT_EQ(write(way, pipe.in.get(), ""), "good");
    EXPECT_EQ(write(way, pipe.in.get()), "good");
    pipe.in = UniqueFd();
    EXPECT_EQ(test::read_all(pipe.out.get()), "text\n");
  }
}

TEST_F(StandardOutputTest, MindsAReaderWhoLeftOnlyIfItMustDeliver) {
  Pipe pipe;
  pipe.out = UniqueFd();
  EXPECT_EQ(write(&print_out, pipe.in.get()), "good");
  EXPECT_EQ(write(&deliver_out, pipe.in.get()), "standard output: Broken pipe");
}

TEST_F(StandardOutputTest, MindsAConnectionThatIsLostOnlyIfItMustDeliver) {
  const auto lost_connection = [] {
    const test::Listener listener;
    UniqueFd ours = listener.connect();
    const UniqueFd theirs(::accept(listener.fd(), nullptr, nullptr));
    // What the reader has not read makes its end a loss.
    EXPECT_EQ(::write(ours.get(), "x", 1), 1);
    pollfd readable{.fd = theirs.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(::poll(&readable, 1, -1), 1);
    return ours;
  };
  EXPECT_EQ(write(&print_out, lost_connection().get()), "good");
  EXPECT_EQ(write(&deliver_out, lost_connection().get()),
            "standard output: Connection reset by peer");
}

TEST_F(StandardOutputTest, SaysWhatCannotBeWritten) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const UniqueFd read_only(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  for (const Way way : {&print_out, &deliver_out}) {
    EXPECT_EQ(write(way, full.get()), "standard output: No space left on device");
    EXPECT_EQ(write(way, read_only.get()), "standard output: Bad file descriptor");
  }
}

TEST_F(StandardOutputTest, WritesNothingTwiceIfItIsTakenInParts) {
  std::string text;
  for (int line = 0; line < 30'000; ++line) {
    text += std::to_string(line) + '\n';
  }
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe;
    ::fcntl(pipe.in.get(), F_SETFL, flags);
    std::string read;
    std::jthread reader([&pipe, &read] { read = test::read_all(pipe.out.get()); });
    EXPECT_EQ(write(&deliver_out, pipe.in.get(), text), "good");
    pipe.in = UniqueFd();
    reader.join();
    EXPECT_TRUE(read == text) << flags;
  }
}

TEST_F(StandardOutputTest, SaysThatAReaderLeftInTheMiddle) {
  Pipe pipe;
  std::jthread reader([out = std::move(pipe.out)]() mutable {
    std::array<char, 100> buffer{};
    EXPECT_EQ(::read(out.get(), buffer.data(), buffer.size()), 100);
    out = UniqueFd();
  });
  EXPECT_EQ(write(&deliver_out, pipe.in.get(), std::string(1UL << 20U, 'x')),
            "standard output: Broken pipe");
}

}  // namespace
}  // namespace everai
