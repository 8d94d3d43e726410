#pragma once

#include <string_view>

#include "util/result.hpp"

namespace everai {

/// Writes a text to standard output, at once.
/// A reader that leaves early, such as `head`, has had what it wanted: that is no error.
/// @return kSystem if it cannot be written: a full disk, a descriptor that is closed. Not
///         thread-safe.
[[nodiscard]] Result<void> print_out(std::string_view text);

/// The same for a text that must not be lost: that its reader has left is kSystem too.
[[nodiscard]] Result<void> deliver_out(std::string_view text);

/// Takes the numbers of those standard streams that are closed, in a way that they cannot be used:
/// else the next file or connection would have such a number, and get what is printed. To be called
/// before anything is opened.
void hold_standard_streams();

}  // namespace everai
