#include "workers/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>

#include "util/standard_output.hpp"
#include "util/text.hpp"
#include "util/write_all.hpp"

namespace everai::workers {
namespace {

/// If it fails, there is no place to say so.
void write_error(std::string_view text) {
  static_cast<void>(write_all(STDERR_FILENO, text));
}

/// Of a descriptor; nothing if it is none.
std::optional<int> access_mode(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags == -1 ? std::nullopt : std::optional(flags & O_ACCMODE);
}

/// The terminal that standard input is, to be written to. A shell gives it for reading and writing,
/// also to somebody who may not open it, as after `su`.
UniqueFd open_terminal() {
  if (::isatty(STDIN_FILENO) != 1) {
    return {};
  }
  const std::optional<int> mode = access_mode(STDIN_FILENO);
  if (mode == O_RDWR) {
    return UniqueFd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  }
  return mode == O_RDONLY ? UniqueFd(::open("/proc/self/fd/0", O_WRONLY | O_NOCTTY | O_CLOEXEC))
                          : UniqueFd();
}

/// Whether what is written to standard error is seen at this terminal.
bool shows_errors(int terminal) {
  struct stat its {};
  struct stat errors {};
  // By the file too: each container has its own first terminal.
  return access_mode(STDERR_FILENO).value_or(O_RDONLY) != O_RDONLY &&
         ::fstat(terminal, &its) == 0 && ::fstat(STDERR_FILENO, &errors) == 0 &&
         its.st_rdev == errors.st_rdev && its.st_dev == errors.st_dev &&
         its.st_ino == errors.st_ino;
}

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\v\f\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

/// Reads standard input until a line has ended. @return it, without its end if the input ended
/// before.
std::string read_answer() {
  // A terminal gives a line at a time, unless a program has left it in another state.
  std::string answer;
  std::array<char, 4096> piece{};
  while (answer.find_first_of("\r\n") == std::string::npos && answer.size() <= piece.size()) {
    const ssize_t size = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (size > 0) {
      answer.append(piece.data(), static_cast<std::size_t>(size));
    } else if (size < 0 && errno == EAGAIN) {
      // Somebody who shares it has made it so that it does not wait.
      pollfd readable{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      ::poll(&readable, 1, -1);
    } else if (size == 0 || errno != EINTR) {
      break;
    }
  }
  return answer;
}

}  // namespace

Console::Console() {
  hold_standard_streams();
  terminal_ = open_terminal();
  errors_are_terminal_ = ::isatty(STDERR_FILENO) == 1;
}

Result<void> Console::print(std::string_view text) {
  end_progress();
  return print_out(text);
}

Result<void> Console::deliver(std::string_view text) {
  end_progress();
  return deliver_out(text);
}

std::string Console::line_of(std::string_view text) {
  return fmt::format("everai_workers: {}\n", text);
}

void Console::say(std::string_view text) {
  show(line_of(text));
}

void Console::show(std::string_view lines) {
  end_progress();
  write_error(lines);
}

void Console::show_progress(std::string_view text) {
  if (text == shown_) {
    return;
  }
  shown_ = text;
  if (errors_are_terminal_) {
    constexpr std::string_view kEraseLine = "\r\x1b[K";
    write_error(fmt::format("{}{}", kEraseLine, text));
    in_progress_ = true;
  } else {
    write_error(fmt::format("{}\n", text));
  }
}

bool Console::confirm(std::string_view details, std::string_view question) {
  end_progress();
  if (!ask(shows_errors(terminal_.get()) ? "" : details, question)) {
    return false;
  }
  const std::string line = read_answer();
  const std::size_t end = line.find_first_of("\r\n");
  if (end == std::string::npos) {
    static_cast<void>(write_all(terminal_.get(), "\n"));
    return false;
  }
  const std::string_view answer = without_blanks(std::string_view(line).substr(0, end));
  return equal_ignoring_case(answer, "y") || equal_ignoring_case(answer, "yes");
}

/// @return whether all of it can be seen.
bool Console::ask(std::string_view details, std::string_view question) const {
  return terminal_ && !write_all(terminal_.get(), fmt::format("{}{}", details, question)) &&
         ::tcflush(STDIN_FILENO, TCIFLUSH) == 0 && !write_all(terminal_.get(), " [y/N] ");
}

void Console::end_progress() {
  if (in_progress_) {
    write_error("\n");
    in_progress_ = false;
  }
}

}  // namespace everai::workers
