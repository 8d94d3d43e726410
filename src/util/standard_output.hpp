#pragma once

#include <string_view>

#include "util/result.hpp"

namespace everai {

/// Writes a text to standard output, at once.
/// @return kSystem if it cannot be written: a pipe that is closed, a full disk. Not thread-safe.
[[nodiscard]] Result<void> print_out(std::string_view text);

}  // namespace everai
