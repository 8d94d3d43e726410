#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/unique_fd.hpp"

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

  /// The same for what must not be lost; see deliver_out.
  [[nodiscard]] Result<void> deliver(std::string_view text);

  /// A line as `say` writes it.
  [[nodiscard]] static std::string line_of(std::string_view text);

  /// Writes one line to standard error, `everai_workers: ` before it.
  void say(std::string_view text);

  /// Writes lines to standard error as they are.
  void show(std::string_view lines);

  /// Shows how something goes: in one line that changes at a terminal, else a line for each change.
  void show_progress(std::string_view text);

  /// Whether there is a person who can be asked: standard input is a terminal, and that can be
  /// written to.
  [[nodiscard]] bool can_ask() const { return static_cast<bool>(terminal_); }

  /// Asks a question whose answer is yes or no, on the terminal that the answer is typed at. What
  /// was typed before it is there is no answer.
  /// @param details  whole lines that belong to it and were shown on standard error already: they
  ///                 are shown again if that is not this terminal. Both are printable.
  /// @return whether it was "y" or "yes", in any case and with any blanks around it, and a whole
  ///         line; false if it could not be shown.
  [[nodiscard]] bool confirm(std::string_view details, std::string_view question);

  /// What has to stand before the next line on standard error: a newline in the middle of a line of
  /// progress, else nothing.
  [[nodiscard]] std::string_view line_end() const { return in_progress_ ? "\n" : ""; }

 private:
  void end_progress();
  [[nodiscard]] bool ask(std::string_view details, std::string_view question) const;

  UniqueFd terminal_;  ///< standard input's, to be written to; none if it is none
  bool errors_are_terminal_ = false;
  bool in_progress_ = false;  ///< the cursor is at the end of a progress line
  std::string shown_;         ///< the progress, as last shown
};

}  // namespace everai::workers
