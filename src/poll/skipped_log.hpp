#pragma once

#include <map>

#include "api/types.hpp"
#include "util/clock.hpp"

namespace everai::poll {

/// Decides when the log says that workers of an app cannot be read: at once, and then once an hour
/// for as long as it goes on. Keeps a time for each app that it was said of. No I/O, no clock of
/// its own: `now` must not go back. Not thread-safe; owned by the poller.
class SkippedLog {
 public:
  /// A listing of the app came. @param skipped  how many of its workers could not be read.
  /// @return whether that is to be said now.
  [[nodiscard]] bool is_due(const api::AppRef& app, std::size_t skipped, SteadyTime now);

  /// The app is not watched any more.
  void forget(const api::AppRef& app) { said_.erase(app); }

 private:
  std::map<api::AppRef, SteadyTime> said_;
};

}  // namespace everai::poll
