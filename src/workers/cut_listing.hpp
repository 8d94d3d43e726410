#pragma once

#include <string>
#include <string_view>

#include "api/types.hpp"

/// Whether a listing has all workers. The platform's pages name no limit and no paging: what is
/// looked for here is what other platforms do. All pure and thread-safe.
namespace everai::workers {

/// What a listing says that hints at more workers than it has: a token of a next page, or a total
/// above their number. @param body  the answer that the listing was read from.
/// @return words for a message, such as `it may lack workers: hasMore names a next page`; empty if
/// there is no such hint.
[[nodiscard]] std::string sign_of_cut(std::string_view body, const api::Listing& listing);

/// Whether the live listing has as many workers as a page may have, and no other listing shows that
/// the platform lists more: a multiple of 50.
/// @param history  the history listing; null if it could not be had.
[[nodiscard]] bool may_be_full_page(const api::Listing& live, const api::Listing* history);

}  // namespace everai::workers
