#pragma once

#include <string>

#include "web/status.hpp"

namespace everai::web {

/// What `/status.json` answers; docs/status-page.md has its fields. Names that are no UTF-8 have
/// U+FFFD in place of what is not. Pure. Thread-safe.
[[nodiscard]] std::string render_status_json(const Status& status);

}  // namespace everai::web
