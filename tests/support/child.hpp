#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

#include "util/unique_fd.hpp"

namespace everai::test {

/// A pipe. What is to be read must fit into it, unless somebody reads meanwhile.
struct Pipe {
  UniqueFd out;
  UniqueFd in;

  Pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
      throw std::runtime_error("no pipe");
    }
    out = UniqueFd(fds[0]);
    in = UniqueFd(fds[1]);
  }
};

/// All that is still to be read.
[[nodiscard]] inline std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (ssize_t size = 0; (size = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

/// The standard streams of a child; -1: closed.
struct Streams {
  int in = -1;
  int out = -1;
  int error = -1;
};

/// A process that runs a function and ends with what it returns; it goes with the test. Signals
/// that end a program do so. To be made while there is no other thread.
class Child {
 public:
  Child(Streams streams, const std::function<int()>& body) {
    // What is not written yet would be written by both.
    std::fflush(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      // A shell that runs the tests in the background has them ignore some.
      for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
        std::signal(signal, SIG_DFL);
      }
      const std::array wanted{streams.in, streams.out, streams.error};
      for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
        const int from = wanted.at(static_cast<std::size_t>(stream));
        if (from < 0) {
          ::close(stream);
        } else {
          ::dup2(from, stream);
        }
      }
      ::_exit(body());
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      static_cast<void>(wait());
    }
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Waits for its end. @return "exit 1" or "signal 15".
  [[nodiscard]] std::string wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                             : "signal " + std::to_string(WTERMSIG(status));
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace everai::test
