#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "util/clock.hpp"
#include "util/result.hpp"
#include "workers/console.hpp"
#include "workers/platform.hpp"
#include "workers/progress.hpp"

namespace everai::workers {

/// What a command needs: the app to work on, and the person or script that works.
struct Session {
  Platform& platform;
  Console& console;
  const Clock& clock;
  unsigned recent_days;
};

/// Between two looks.
inline constexpr std::chrono::seconds kLookInterval{2};

/// How a wait ended.
struct Waited {
  bool over = false;                  ///< what was waited for has come, or cannot come any more
  std::optional<Error> error = {};    ///< why nobody looks any more, before the time was over
  std::chrono::milliseconds time{0};  ///< how long it was
};

/// Looks every two seconds, or later if the platform asks for quiet, until a change is over or the
/// time is; the last look is at its end. A failure that may pass is said once, and others when
/// three looks in a row had one: then nobody looks any more.
/// @param see  tells how far the change is.
[[nodiscard]] Waited wait_for(Session& session, std::chrono::milliseconds time,
                              const std::function<Progress(const Look&)>& see);

}  // namespace everai::workers
