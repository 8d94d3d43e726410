#pragma once

#include <string_view>

#include "util/result.hpp"

namespace everai {

/// Writes a text to standard output, at once.
/// @return kSystem if it cannot be written: a pipe that is closed, a full disk. Not thread-safe.
[[nodiscard]] Result<void> print_out(std::string_view text);

/// Takes the numbers of those standard streams that are closed, in a way that they cannot be used:
/// else the next file or connection would have such a number, and get what is printed. To be called
/// before anything is opened.
void hold_standard_streams();

}  // namespace everai
