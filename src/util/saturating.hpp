#pragma once

#include <cstdint>
#include <limits>

namespace everai {

/// The sum, or the greatest number there is if it does not fit.
[[nodiscard]] constexpr std::uint64_t saturating_add(std::uint64_t one, std::uint64_t other) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return one > kMost - other ? kMost : one + other;
}

/// The product, or the greatest number there is if it does not fit.
[[nodiscard]] constexpr std::uint64_t saturating_multiply(std::uint64_t one, std::uint64_t other) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return other != 0 && one > kMost / other ? kMost : one * other;
}

}  // namespace everai
