#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "state/app_key.hpp"
#include "state/saved_state.hpp"
#include "util/clock.hpp"

namespace everai::state {

/// How long an app that is no longer configured is kept.
inline constexpr std::chrono::hours kUnconfiguredTime{24};

/// What the state file is to say of apps: of those that are configured, and for a day of those that
/// are not any more, as that may be a mistake. The day is the time that exporters run, by the
/// steady clock: it does not end sooner when the clock is set. Not thread-safe.
class SavedLines {
 public:
  /// Goes on from those of an earlier run, of which none is configured yet.
  SavedLines(const AppLines& lines, SteadyTime now);

  /// Takes the new text of an app, which is configured. @return the one before; null if none was.
  std::shared_ptr<const std::string> update(const AppKey& app,
                                            std::shared_ptr<const std::string> text);

  /// Takes over which apps are configured. A line whose endpoint is not known is that of a
  /// configured app of the same name, unless this has one.
  /// @return the lines of those that were not configured before.
  [[nodiscard]] AppLines configure(const std::set<AppKey>& apps, SteadyTime now);

  /// Whether there is an app that is not configured.
  [[nodiscard]] bool any_unconfigured() const;

  /// What is to be saved now; forgets what has been kept long enough.
  [[nodiscard]] AppLines at(SteadyTime now);

 private:
  struct Entry {
    std::shared_ptr<const std::string> text;
    std::chrono::seconds unconfigured{};   ///< until `since`
    std::optional<SteadyTime> since = {};  ///< not configured since then; nothing: it is configured
  };

  [[nodiscard]] static std::chrono::seconds unconfigured_time(const Entry& entry, SteadyTime now);
  void forget(SteadyTime now);

  std::map<AppKey, Entry> entries_;
};

}  // namespace everai::state
