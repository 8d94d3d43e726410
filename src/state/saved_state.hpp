#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "state/app_key.hpp"
#include "state/app_memory.hpp"
#include "state/device_errors.hpp"
#include "util/result.hpp"

namespace everai::state {

/// Most damages of a file that are told one by one.
inline constexpr std::size_t kMaxDamages = 10;

/// An app as it was saved.
struct SavedApp {
  AppKey key;
  std::chrono::seconds unconfigured{};  ///< for how long exporters ran without watching it
  AppMemory memory;                     ///< without what only a process knows
};

/// A part of a state file that cannot be read. It costs nothing but itself.
struct Damage {
  std::size_t line = 0;            ///< from 1; 0: it is not one line
  std::optional<api::AppRef> app;  ///< the one that is lost, as far as can be read
  std::string reason;
};

/// All that survives a restart.
struct SavedState {
  std::vector<SavedApp> apps;  ///< each once, sorted by key
  DeviceErrors device_errors;
  std::vector<Damage> damages;   ///< the first of them
  std::size_t damage_count = 0;  ///< of all of them
};

/// The state file's text: a header line with the version of the format, then records, each a line:
/// a checksum of the rest of it, a number, a kind, and what it holds. There is one for each app,
/// one of the errors by device, and a last one that says how many there are. An app's text can so
/// be rendered when the app changes, and not at every save. Of two records of an app the one with
/// the higher number counts, so that a later program can append; one of a kind that is not known is
/// skipped. The version stands for everything that the text does not spell out: the order of the
/// worker states, the bounds of the histograms and the meaning of the fields of a worker. All
/// functions here are pure and thread-safe.

/// Renders what an app's record holds, without how long it has not been configured.
[[nodiscard]] std::string render_saved_app(const AppKey& key, const AppMemory& memory);

/// What `render_saved_app` made, and what that leaves out.
struct AppLine {
  std::shared_ptr<const std::string> text;  ///< not null
  std::chrono::seconds unconfigured{};      ///< see `SavedApp`
};
using AppLines = std::map<AppKey, AppLine>;

/// Renders the whole text.
[[nodiscard]] std::string render_saved_state(const AppLines& app_lines,
                                             const DeviceErrors& device_errors);

/// Parses the text of a state file, also one of an earlier version. What was rendered comes back
/// exactly, doubles too. What is damaged is left out and told.
/// @return kPayload if it is no state file, is of a version that this one does not know, or, in the
///         first version, is damaged anywhere; the message says which.
[[nodiscard]] Result<SavedState> parse_saved_state(std::string_view text);

/// Parses what `render_saved_app` made. @return kPayload with the reason.
[[nodiscard]] Result<SavedApp> parse_saved_app(std::string_view text);

}  // namespace everai::state
