#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "api/padded_text.hpp"
#include "api/types.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// Most workers of an answer; three times what fits into the largest body if they say anything.
/// Bounds the memory that a hostile body of tiny workers would take.
inline constexpr std::size_t kMaxListedWorkers = 65536;

/// Parses the answer of a worker listing by the protobuf JSON rules: fields in any order, zero
/// values left out, integers as numbers or strings, enums as names (with or without prefix) or
/// numbers, `null` as absent, of a name given twice the last value. Unknown fields are passed over,
/// whatever JSON they hold: of any depth, with numbers of any size, with half a surrogate pair.
/// @param body     UTF-8 JSON; a byte order mark before it is passed over.
/// @param secrets  what the request bore: where an error's words repeat one, the message reads
///                 `<secret>`.
/// @return the listing in API order. A worker without an id, with one of over `kMaxTextBytes`, or
///         with one of `kNeededFields` of a wrong type is left out and counted in `skipped`. One of
///         `kOptionalFields` of a wrong type is absent (`detailStatus`: unknown) and counted in
///         `unreadable_fields`; a text that is no time is absent. Wrong types are, too: half a
///         surrogate pair, a number that no double holds, a count that is not whole or over 63
///         bits. An id given twice stands at its first place with its last fields. kPayload if the
///         body is not one whole, valid JSON object; if it is an error, see `AnswerError`, or has
///         fields but none of a listing; if its `workers` are no array; or if it has workers and
///         all of them were left out. kTooLarge if it has more than `kMaxListedWorkers`.
/// Pure. Thread-safe.
[[nodiscard]] Result<Listing> parse_listing(const PaddedText& body,
                                            const std::vector<Secret>& secrets = {});

/// What an answer to another call says that is an error with status 200, in the words of
/// `AnswerError`; nothing if it is none.
/// @return kPayload if the body is not one whole, valid JSON object. Pure. Thread-safe.
[[nodiscard]] Result<std::optional<std::string>> parse_error(
    const PaddedText& body, const std::vector<Secret>& secrets = {});

}  // namespace everai::api
