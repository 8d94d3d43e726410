#pragma once

#include <string>
#include <string_view>

namespace everai {

/// The text in base64 (RFC 4648, 4), padded. @param data  less than 1 GiB. Pure. Thread-safe.
[[nodiscard]] std::string base64(std::string_view data);

}  // namespace everai
