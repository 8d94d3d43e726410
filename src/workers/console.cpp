#include "workers/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <system_error>

namespace everai::workers {
namespace {

/// Opens what was closed at the start, so that it cannot be used: else the next file or connection
/// would have its number, and be written to in its place.
void hold_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1) {
      // It takes the lowest number that is free, which is this one.
      static_cast<void>(open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
  }
}

/// fmt::print would throw if it failed, and there is no place to say so.
void write_error(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

}  // namespace

Console::Console()
    : input_is_terminal_(isatty(STDIN_FILENO) == 1),
      errors_are_terminal_(isatty(STDERR_FILENO) == 1) {
  hold_closed_streams();
}

Result<void> Console::print(std::string_view text) {
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    return fail(ErrorCode::kSystem,
                fmt::format("standard output: {}", std::generic_category().message(errno)));
  }
  return {};
}

void Console::say(std::string_view text) {
  show(fmt::format("everai_workers: {}\n", text));
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

bool Console::confirm(std::string_view question) {
  show(fmt::format("{} [y/N] ", question));
  std::string answer;
  std::getline(std::cin, answer);
  if (std::cin.eof()) {
    write_error("\n");
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

void Console::end_progress() {
  if (in_progress_) {
    write_error("\n");
    in_progress_ = false;
  }
}

}  // namespace everai::workers
