#pragma once

#include <functional>
#include <string>

#include "util/exit_code.hpp"

namespace everai {

/// Runs what a program does, with what the programs have in common around it: standard streams that
/// are closed are held, a write to a peer that has left or beyond a limit of file sizes is an error
/// like any other, and the log is written before the end, unless nobody reads it for a second.
///
/// An exception that leaves `body` (no memory, no thread) is said on standard error and ends the
/// program with kFailure, or with the last words that were set; so does one that ends a thread, at
/// once.
/// @param name  of the program, for what it says. To be called once, by `main`.
/// @return the process's exit status. May end the process instead of returning.
[[nodiscard]] int run_program(const char* name, const std::function<ExitCode()>& body);

/// What a program that is cut short says, and how it ends.
struct LastWords {
  ExitCode code = ExitCode::kFailure;
  std::string error = {};   ///< whole lines for standard error
  std::string output = {};  ///< whole lines for standard output

  bool operator==(const LastWords&) const = default;
};

/// From now on a signal whose default is to end the process (SIGINT, SIGTERM, SIGHUP, SIGQUIT and
/// the like; none that is ignored or blocked, none that tells of a crash) and an exception that
/// nobody handles end it at once with these words, the error first. What nobody reads within a
/// moment is lost; the code is not. Replaces those that were set before, and keeps these to the end
/// of the process; once the body of `run_program` has returned only its code counts. Not
/// thread-safe.
void set_last_words(LastWords words);

/// Ends the program at once, without the threads that hang: only the log is written, unless nobody
/// reads it for a second.
[[noreturn]] void end_program(ExitCode code);

/// Blocks SIGINT, SIGTERM and SIGHUP in this thread and those that it starts. In programs that are
/// linked with `hold_signals.cpp` this is done before anything that takes time, so that a signal in
/// the middle of the start waits until it is listened to.
void hold_signals();

/// Lets them in again, with what they do by default: for a command that nobody needs to end in an
/// orderly way.
void release_signals();

}  // namespace everai
