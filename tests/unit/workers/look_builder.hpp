#pragma once

#include <string>

#include "api/listing.hpp"
#include "workers/cut_listing.hpp"
#include "workers/platform.hpp"

namespace everai::test {

inline workers::Look look_without_history(const std::string& live) {
  workers::Look look;
  look.live = api::parse_listing(api::PaddedText(live)).value();
  look.history_error = Error{ErrorCode::kServerError, "GET workers (history): status 500"};
  look.now = parse_rfc3339("2024-09-29T10:00:00Z").value();
  look.fleet = state::merge_listings(look.live, nullptr);
  look.full_page = workers::may_be_full_page(look.live, nullptr);
  return look;
}

/// What a platform that answers with these two listings shows at 2024-09-29T10:00:00Z.
inline workers::Look look_at(const std::string& live, const std::string& history) {
  workers::Look look = look_without_history(live);
  look.history_error.reset();
  look.history = api::parse_listing(api::PaddedText(history)).value();
  look.fleet = state::merge_listings(look.live, &*look.history);
  look.full_page = workers::may_be_full_page(look.live, &*look.history);
  return look;
}

inline workers::Look look_at(const std::string& listing) {
  return look_at(listing, listing);
}

}  // namespace everai::test
