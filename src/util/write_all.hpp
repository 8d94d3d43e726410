#pragma once

#include <string_view>
#include <system_error>

namespace everai {

/// Writes a text to a descriptor, at once, and waits for whoever reads it.
/// @return what went wrong, if anything did: a part may be written then. Thread-safe.
[[nodiscard]] std::error_code write_all(int fd, std::string_view text);

}  // namespace everai
