#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/load.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "web/status.hpp"

namespace everai::app {

/// Loads the configuration anew while the exporter runs: aside, all of it, and only then it takes
/// the place of the one in use. One that is bad changes nothing. Says in the log what became of it.
/// Thread-safe; one reload at a time.
class Reloader {
 public:
  struct Hooks {
    /// Puts a configuration to use; returns when it is. @return kSystem if that takes too long.
    std::function<Result<void>(const config::Config&)> apply;
    /// Told before and after.
    std::function<void()> on_begin = [] {};
    std::function<void(bool successful)> on_end = [](bool) {};
  };

  /// @param loaded  what `source` gave at the start, and is in use.
  /// @param clock   must outlive the reloader.
  Reloader(config::Source source, config::Loaded loaded, const Clock& clock, Hooks hooks);

  /// Loads all files anew.
  /// @return the error of `config::load` or of `Hooks::apply`; the old configuration is in use
  /// then.
  [[nodiscard]] Result<void> reload();

  /// The same if the files give something else than at the last attempt; else does nothing.
  void reload_if_changed();

  /// For people: the file, and how the last reload ended.
  [[nodiscard]] web::ConfigState state() const;

 private:
  Result<void> take(Result<config::Loaded> loaded);
  void log_warnings(const std::vector<std::string>& warnings);

  const config::Source source_;
  const Clock& clock_;
  const Hooks hooks_;
  std::mutex reload_mutex_;              ///< held for a whole reload
  config::Config config_;                ///< in use; guarded by `reload_mutex_`
  std::string last_error_;               ///< of the last attempt; guarded by `reload_mutex_`
  std::set<std::string> told_warnings_;  ///< warnings; guarded by `reload_mutex_`
  mutable std::mutex state_mutex_;       ///< held for a copy
  web::ConfigState state_;               ///< guarded by `state_mutex_`
};

}  // namespace everai::app
