#pragma once

#include "api/padded_text.hpp"
#include "api/types.hpp"
#include "util/result.hpp"

namespace everai::api {

/// Deepest nesting of arrays and objects that an answer may have, the outermost object included.
inline constexpr std::size_t kMaxNesting = 64;

/// Most workers of an answer; three times what fits into the largest body if they say anything.
/// Bounds the memory that a hostile body of tiny workers would take.
inline constexpr std::size_t kMaxListedWorkers = 65536;

/// Parses the answer of a worker listing by the protobuf JSON rules: fields in any order, zero
/// values left out, integers as numbers or strings, enums as names (with or without prefix) or
/// numbers, `null` as absent, unknown fields passed over, of a name given twice the last value.
/// @param body  UTF-8 JSON.
/// @return the listing in API order; a worker without an id or with a field of a wrong type is left
///         out and counted in `skipped`; a time that is none is absent, as is an app's field of a
///         wrong type. An id given twice stands at its first place with its last fields.
///         kPayload if the body is not one whole, valid JSON object (a byte order mark is refused
///         too), its `workers` are no array, a number does not fit a double, or it nests deeper
///         than `kMaxNesting`; kTooLarge if it has more than `kMaxListedWorkers` workers.
/// Pure. Thread-safe.
[[nodiscard]] Result<Listing> parse_listing(const PaddedText& body);

}  // namespace everai::api
