#pragma once

#include <string>

namespace everai::web {

/// The one stylesheet of the status page. Thread-safe.
[[nodiscard]] const std::string& status_stylesheet();

}  // namespace everai::web
