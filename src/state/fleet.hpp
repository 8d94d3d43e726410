#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/types.hpp"

namespace everai::state {

/// A worker as a poll saw it.
struct FleetWorker {
  api::Worker record;          ///< the later answer's
  bool present = false;        ///< false: in the history only, deleted or terminated
  bool live = false;           ///< in the live listing
  bool created_ahead = false;  ///< it told a creation too far ahead to be believed
};

/// What the listings of a poll say together. Borrows the listings' texts.
struct Fleet {
  std::vector<FleetWorker> workers;  ///< sorted by id, each once
  bool with_history = true;          ///< false: the history listing could not be had
  std::optional<std::uint64_t> queue_size;
  std::string_view queue_name;
  std::optional<Timestamp> last_scale_up;
  std::optional<Timestamp> last_scale_down_delete;
  std::optional<std::uint64_t> max_workers;
};

/// Merges the live listing and the history listing that was asked for after it. A worker's fields
/// are the history's where both have it. A worker is present if the live listing has it, or if its
/// record has no `deleted_at` and is not terminated. The app's own facts are the live listing's,
/// the plain call that every reference page shows; the history's fill in what that left out. Both
/// listings must outlive the result. Pure. Thread-safe.
/// @param history  null: it could not be had, and the fleet is what the live listing shows.
[[nodiscard]] Fleet merge_listings(const api::Listing& live, const api::Listing* history);

}  // namespace everai::state
