#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"

namespace everai::workers {

/// The standard streams, as a person at a terminal or a script has them. To be made before any file
/// or connection is opened, once. What cannot be written to standard error is lost. Not
/// thread-safe.
class Console {
 public:
  Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  Console(Console&&) = delete;
  Console& operator=(Console&&) = delete;
  ~Console() { end_progress(); }

  /// Writes what was asked for to standard output; see print_out.
  [[nodiscard]] Result<void> print(std::string_view text);

  /// Writes one line to standard error, `everai_workers: ` before it.
  void say(std::string_view text);

  /// Writes lines to standard error as they are.
  void show(std::string_view lines);

  /// Shows how something goes: in one line that changes at a terminal, else a line for each change.
  void show_progress(std::string_view text);

  /// Whether there is a person who can be asked.
  [[nodiscard]] bool can_ask() const { return input_is_terminal_; }

  /// Asks a question whose answer is yes or no. @return whether it was yes.
  [[nodiscard]] bool confirm(std::string_view question);

 private:
  void end_progress();

  bool input_is_terminal_;
  bool errors_are_terminal_;
  bool in_progress_ = false;  ///< the cursor is at the end of a progress line
  std::string shown_;         ///< the progress, as last shown
};

}  // namespace everai::workers
