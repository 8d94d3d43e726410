#pragma once

#include "util/exit_code.hpp"
#include "workers/cli.hpp"
#include "workers/wait.hpp"

namespace everai::workers {

/// The three commands. What was asked for goes to standard output, all else to standard error.
/// A failure is said; the exit code tells its class, and of a change what became of it.
[[nodiscard]] ExitCode run_list(Session session, const List& list);
[[nodiscard]] ExitCode run_scale_up(Session session, const ScaleUp& up);
[[nodiscard]] ExitCode run_scale_down(Session session, const ScaleDown& down);

/// Ends a command that cannot even begin: says why, in JSON too if a change is to be told so.
[[nodiscard]] ExitCode refuse(Console& console, const Command& command, const Error& error);

}  // namespace everai::workers
