#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
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
///
/// A file that is being written may be valid when half of it is there, and the apps of the other
/// half would be taken for removed. So files are taken only if they are the same at two looks.
class Reloader {
 public:
  /// At least so long are the files of an automatic reload the same.
  static constexpr std::chrono::seconds kSettleTime{2};
  /// The distance of the two looks of a reload that was asked for.
  static constexpr std::chrono::milliseconds kSecondLook{200};

  struct Hooks {
    /// Puts a configuration to use; returns when it is. @return kSystem if that takes too long.
    std::function<Result<void>(const config::Config&)> apply;
    /// Told before and after.
    std::function<void()> on_begin = [] {};
    std::function<void(bool successful)> on_end = [](bool) {};
    /// Waits, never longer than `kSecondLook`.
    std::function<void(std::chrono::milliseconds)> pause = pause_thread;
  };

  /// @param loaded  what `source` gave at the start, and is in use.
  /// @param clock   must outlive the reloader.
  Reloader(config::Source source, config::Loaded loaded, const Clock& clock, Hooks hooks);

  /// Loads all files anew: at once, unless one of them was changed within the last second. Then it
  /// looks at them again until two looks in a row find the same, for a second and a bit at most.
  /// @return the error of `config::load` or of `Hooks::apply`, or kUsage if the files keep
  /// changing;
  ///         the old configuration is in use then.
  [[nodiscard]] Result<void> reload();

  /// Takes a look at the files, and loads them anew if they give something else than at the last
  /// attempt and have been the same at all looks for `kSettleTime`.
  /// @return whether to look again after `kSettleTime`: there is a change that may not be complete.
  [[nodiscard]] bool reload_if_changed();

  /// For people: the file, and how the last reload ended.
  [[nodiscard]] web::ConfigState state() const;

 private:
  /// A change that is not taken yet.
  struct Change {
    std::vector<config::SeenFile> files;
    SteadyTime seen;   ///< the first look that found these files
    SteadyTime began;  ///< the first look that found any change
    bool told = false;
  };

  [[nodiscard]] config::Look look_again() const;
  static void pause_thread(std::chrono::milliseconds time);
  [[nodiscard]] config::Look look_until_settled() const;
  void note_change(std::vector<config::SeenFile> files);
  Result<void> take(Result<config::Loaded> loaded);
  void log_warnings(const std::vector<std::string>& warnings);

  const config::Source source_;
  const Clock& clock_;
  const Hooks hooks_;
  std::mutex reload_mutex_;              ///< held for a whole reload
  config::Config config_;                ///< in use; guarded by `reload_mutex_`
  std::string last_error_;               ///< of the last attempt; guarded by `reload_mutex_`
  std::optional<Change> change_;         ///< guarded by `reload_mutex_`
  std::set<std::string> told_warnings_;  ///< warnings; guarded by `reload_mutex_`
  mutable std::mutex state_mutex_;       ///< held for a copy
  web::ConfigState state_;               ///< guarded by `state_mutex_`
};

}  // namespace everai::app
