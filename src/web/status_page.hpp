#pragma once

#include <string>

#include "web/status.hpp"

namespace everai::web {

/// The status page: one HTML document that needs no script and nothing from elsewhere.
/// Pure. Thread-safe.
[[nodiscard]] std::string render_status_page(const Status& status);

/// The `Content-Security-Policy` to send with it: nothing but its own stylesheet, by the digest of
/// its very text, and its icon. Thread-safe.
[[nodiscard]] const std::string& status_page_policy();

}  // namespace everai::web
