// Real sockets, at the descriptors at which a service manager passes them.

#include "app/passed_listeners.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "support/listener.hpp"

namespace everai::app {
namespace {

constexpr const char* kNothing = "the service manager has passed no socket to this process";

class PassedListenersTest : public testing::Test {
 protected:
  PassedListenersTest() {
    // What this process has there is put aside, and nothing new gets there.
    const UniqueFd nothing = high(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get());
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const int fd = 3 + static_cast<int>(i);
      kept.at(i) = high(fd);
      ::dup2(nothing.get(), fd);
    }
    setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  }
  ~PassedListenersTest() override {
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const int fd = 3 + static_cast<int>(i);
      ::close(fd);
      if (kept.at(i)) {
        ::dup2(kept.at(i).get(), fd);
      }
    }
  }

  /// A copy of a descriptor, if it is one, that is in nobody's way.
  static UniqueFd high(int fd) { return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 100)); }
  /// Passes a socket, from descriptor 3 on.
  void pass(const test::Listener& listener) {
    ASSERT_TRUE(listener.good());
    ASSERT_EQ(::dup2(listener.fd(), 3 + passed), 3 + passed);
    ++passed;
    setenv("LISTEN_FDS", std::to_string(passed).c_str(), 1);
  }
  static std::string refusal() {
    const auto taken = take_passed_listeners();
    return taken ? "taken" : taken.error().message;
  }

  std::array<UniqueFd, 2> kept;
  int passed = 0;
};

TEST_F(PassedListenersTest, AreTakenInTheirOrder) {
  pass(test::Listener());
  pass(test::Listener());
  const auto taken = take_passed_listeners().value();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].get(), 3);
  EXPECT_EQ(taken[1].get(), 4);
}

TEST_F(PassedListenersTest, AreNotInheritedAndDoNotBlock) {
  pass(test::Listener());
  ASSERT_EQ(::fcntl(3, F_GETFD), 0);
  const auto taken = take_passed_listeners().value();
  EXPECT_EQ(::fcntl(3, F_GETFD), FD_CLOEXEC);
  EXPECT_NE(::fcntl(3, F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PassedListenersTest, OfAnotherProcessAreNotTaken) {
  pass(test::Listener());
  for (const char* pid : {"1", "", "x", "-1", "99999999999999999999"}) {
    setenv("LISTEN_PID", pid, 1);
    EXPECT_EQ(refusal(), kNothing) << pid;
  }
  unsetenv("LISTEN_PID");
  EXPECT_EQ(refusal(), kNothing);
  EXPECT_NE(::fcntl(3, F_GETFD), -1);
}

TEST_F(PassedListenersTest, MustBeSome) {
  EXPECT_EQ(refusal(), kNothing);
  for (const char* count : {"0", "", "x", "1 ", "-1", "1025", "99999999999999999999"}) {
    setenv("LISTEN_FDS", count, 1);
    EXPECT_EQ(refusal(), kNothing) << count;
  }
}

TEST_F(PassedListenersTest, MustAllListenToTcp) {
  constexpr const char* kRefused = "descriptor 4 is no listening TCP socket";
  for (const auto& [type, listens] :
       {std::pair(SOCK_STREAM, false), std::pair(SOCK_DGRAM, false)}) {
    passed = 0;
    pass(test::Listener());
    pass(test::Listener(type, listens));
    EXPECT_EQ(refusal(), kRefused);
  }
  passed = 0;
  pass(test::Listener());
  setenv("LISTEN_FDS", "2", 1);
  ::close(4);
  EXPECT_EQ(refusal(), kRefused);
}

}  // namespace
}  // namespace everai::app
