#pragma once

#include "util/clock.hpp"
#include "util/exit_code.hpp"
#include "workers/cli.hpp"
#include "workers/console.hpp"
#include "workers/platform.hpp"

namespace everai::workers {

/// What a command needs: the app to work on, and the person or script that works.
struct Session {
  Platform& platform;
  Console& console;
  const Clock& clock;
  unsigned recent_days;
};

/// The three commands. What was asked for goes to standard output, all else to standard error.
/// A failure of the platform is said; the exit code tells its class.
[[nodiscard]] ExitCode run_list(Session session, const List& list);
[[nodiscard]] ExitCode run_scale_up(Session session, const ScaleUp& up);
[[nodiscard]] ExitCode run_scale_down(Session session, const ScaleDown& down);

}  // namespace everai::workers
