#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/types.hpp"

namespace everai::oracle {

/// What `parse_listing` has to give, written plainly on a DOM; nothing where it has to refuse.
/// Pure. Thread-safe.
[[nodiscard]] std::optional<api::Listing> parse_listing(std::string_view body);

/// A listing as text, a line for each field, for comparing and for showing.
[[nodiscard]] std::string describe(const std::optional<api::Listing>& listing);

}  // namespace everai::oracle
