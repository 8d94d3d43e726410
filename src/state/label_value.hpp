#pragma once

#include <string_view>

namespace everai::state {

/// The label value that takes what has no series of its own.
inline constexpr std::string_view kOther = "other";

/// The label value of what the platform does not tell.
inline constexpr std::string_view kUnnamed = "unknown";

/// The label value of a text of the platform's: itself, `kUnnamed` if it is empty, and marked as
/// the platform's if it is a word of ours. A view of `text` or of a literal. Pure. Thread-safe.
[[nodiscard]] constexpr std::string_view label_value(std::string_view text) {
  if (text.empty()) {
    return kUnnamed;
  }
  if (text == kOther) {
    return "other (platform)";
  }
  return text == kUnnamed ? "unknown (platform)" : text;
}

}  // namespace everai::state
