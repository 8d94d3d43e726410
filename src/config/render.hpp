#pragma once

#include <string>

#include "config/config.hpp"

namespace everai::config {

/// What runs, as a configuration file that says everything of each app, whatever it came from.
/// Secrets are `<secret>`, and certificates are told by their number. Pure.
[[nodiscard]] std::string render(const Config& config);

}  // namespace everai::config
