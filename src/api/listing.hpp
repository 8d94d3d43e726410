#pragma once

#include "api/padded_text.hpp"
#include "api/types.hpp"
#include "util/result.hpp"

namespace everai::api {

/// Deepest nesting of arrays and objects that an answer may have, the outermost object included.
inline constexpr std::size_t kMaxNesting = 64;

/// Parses the answer of a worker listing by the protobuf JSON rules: fields in any order, zero
/// values left out, integers as numbers or strings, enums as names (with or without prefix) or
/// numbers, `null` as absent, unknown fields passed over.
/// @param body  UTF-8 JSON.
/// @return the listing in API order; a worker without an id or with a field of a wrong type is left
///         out and counted in `skipped`; a time that is none is absent. kPayload if the body is no
///         JSON object, its `workers` are no array, or it nests deeper than `kMaxNesting`.
/// Pure. Thread-safe.
[[nodiscard]] Result<Listing> parse_listing(const PaddedText& body);

}  // namespace everai::api
