#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace everai {

/// A digest; the first byte counts most in a comparison.
using Sha256 = std::array<std::uint8_t, 32>;

/// The SHA-256 digest of `data`. Pure. Thread-safe.
[[nodiscard]] Sha256 sha256(std::string_view data);

/// The same digest as 64 lower-case hexadecimal digits. Pure. Thread-safe.
[[nodiscard]] std::string sha256_hex(std::string_view data);

/// The same digest in base64, as a Content-Security-Policy has it. Pure. Thread-safe.
[[nodiscard]] std::string sha256_base64(std::string_view data);

}  // namespace everai
