#pragma once

#include <optional>
#include <string>

#include "state/app_key.hpp"
#include "state/app_memory.hpp"
#include "state/saved_lines.hpp"
#include "util/clock.hpp"

namespace everai::property {

/// What an exporter keeps of its apps, of which one or none is configured: the state file as it was
/// last written, and what the next write will say. All goes through the file's text.
class KeptState {
 public:
  /// Takes what a poll left of the app that is configured.
  void keep(const state::AppKey& app, const state::AppMemory& memory);

  /// Writes the file.
  void write(SteadyTime now);

  /// Goes on with another app, or with none, as at a reload.
  /// @return what is known of it; empty if nothing is.
  [[nodiscard]] state::AppMemory configure(const std::optional<state::AppKey>& app, SteadyTime now);

  /// Starts anew with the file, and an app or none, as `configure`.
  [[nodiscard]] state::AppMemory start(const std::optional<state::AppKey>& app, SteadyTime now);

  /// Loses the file.
  void lose() { file_.clear(); }

 private:
  state::SavedLines lines_{{}, {}};
  std::string file_;  ///< empty: there is none
};

}  // namespace everai::property
