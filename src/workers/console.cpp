#include "workers/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "util/standard_output.hpp"

namespace everai::workers {
namespace {

/// fmt::print would throw if it failed, and there is no place to say so.
void write_error(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

}  // namespace

Console::Console()
    : input_is_terminal_(isatty(STDIN_FILENO) == 1),
      errors_are_terminal_(isatty(STDERR_FILENO) == 1) {
  hold_standard_streams();
}

Result<void> Console::print(std::string_view text) {
  end_progress();
  return print_out(text);
}

Result<void> Console::deliver(std::string_view text) {
  end_progress();
  return deliver_out(text);
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

bool Console::confirm(std::string_view /*details*/, std::string_view question) {
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
