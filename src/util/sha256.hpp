#pragma once

#include <string>
#include <string_view>

namespace everai {

/// The SHA-256 digest of `data` as 64 lower-case hexadecimal digits. Pure. Thread-safe.
[[nodiscard]] std::string sha256_hex(std::string_view data);

/// The same digest in base64, as a Content-Security-Policy has it. Pure. Thread-safe.
[[nodiscard]] std::string sha256_base64(std::string_view data);

}  // namespace everai
