#pragma once

#include <string>
#include <string_view>

namespace everai {

/// The SHA-256 digest of `data` as 64 lower-case hexadecimal digits. Pure. Thread-safe.
[[nodiscard]] std::string sha256_hex(std::string_view data);

}  // namespace everai
