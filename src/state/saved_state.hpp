#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "state/app_memory.hpp"
#include "state/device_errors.hpp"
#include "util/result.hpp"

namespace everai::state {

/// All that survives a restart.
struct SavedState {
  struct App {
    api::AppRef app;
    AppMemory memory;  ///< without `last_view`
  };
  std::vector<App> apps;  ///< each once
  DeviceErrors device_errors;
};

/// The state file's text: a header line with the version of the format, a line for each app, a line
/// of the errors by device, and a footer line with a checksum of all before it. An app's line can
/// so be rendered when the app changes, and not at every save. The version stands for everything
/// that the text does not spell out: the order of the worker states, the bounds of the histograms
/// and the meaning of the fields of a worker. All functions here are pure and thread-safe.

/// Renders an app's line, with its newline.
/// @param memory  its doubles must be finite: the text could not be parsed otherwise.
[[nodiscard]] std::string render_saved_app(const api::AppRef& app, const AppMemory& memory);

/// The lines of apps that `render_saved_app` made; none is null.
using AppLines = std::map<api::AppRef, std::shared_ptr<const std::string>>;

/// Renders the whole text.
[[nodiscard]] std::string render_saved_state(const AppLines& app_lines,
                                             const DeviceErrors& device_errors);

/// Parses the text of a state file. What was rendered comes back exactly, doubles too.
/// @return kPayload if it is none, is cut off or damaged, or is of a version that this one does not
///         know; the message says which.
[[nodiscard]] Result<SavedState> parse_saved_state(std::string_view text);

}  // namespace everai::state
