#pragma once

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
    AppMemory memory;
  };
  std::vector<App> apps;
  DeviceErrors device_errors;
};

/// The state file's text is a header line, a line for each app, and a footer line with a checksum
/// of all before it, so that an app's line is rendered when it changes and not at every save. All
/// functions here are pure and thread-safe.

/// Renders an app's line, with its newline.
[[nodiscard]] std::string render_saved_app(const api::AppRef& app, const AppMemory& memory);

/// Renders the whole text of the state file of lines made by `render_saved_app`.
[[nodiscard]] std::string render_saved_state(
    const std::vector<std::shared_ptr<const std::string>>& app_lines,
    const DeviceErrors& device_errors);

/// Parses the text of a state file.
/// @return kPayload if it is none, is damaged, or is of a version that this one does not know; the
///         message says which.
[[nodiscard]] Result<SavedState> parse_saved_state(std::string_view text);

}  // namespace everai::state
