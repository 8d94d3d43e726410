#include "workers/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "util/standard_output.hpp"

namespace everai::workers {

Console::Console()
    : input_is_terminal_(isatty(STDIN_FILENO) == 1),
      errors_are_terminal_(isatty(STDERR_FILENO) == 1) {}

Result<void> Console::print(std::string_view text) {
  end_progress();
  return print_out(text);
}

void Console::say(std::string_view text) {
  end_progress();
  fmt::print(stderr, "everai_workers: {}\n", text);
}

void Console::show_progress(std::string_view text) {
  if (text == shown_) {
    return;
  }
  shown_ = text;
  if (errors_are_terminal_) {
    constexpr std::string_view kEraseLine = "\r\x1b[K";
    fmt::print(stderr, "{}{}", kEraseLine, text);
    in_progress_ = true;
  } else {
    fmt::print(stderr, "{}\n", text);
  }
}

bool Console::confirm(std::string_view question) {
  end_progress();
  fmt::print(stderr, "{} [y/N] ", question);
  std::string answer;
  std::getline(std::cin, answer);
  if (std::cin.eof()) {
    fmt::print(stderr, "\n");
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

void Console::end_progress() {
  if (in_progress_) {
    fmt::print(stderr, "\n");
    in_progress_ = false;
  }
}

}  // namespace everai::workers
