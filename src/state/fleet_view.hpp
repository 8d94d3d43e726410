#pragma once

#include "state/fleet.hpp"
#include "state/snapshot.hpp"

namespace everai::state {

/// What only the history listing shows of a fleet, as sums: an app keeps it while its history
/// cannot be read.
struct HistorySums {
  std::array<std::uint64_t, kWorkerStateCount> by_state{};         ///< present workers
  std::array<std::uint64_t, api::kWorkerStatusCount> by_status{};  ///< listed workers
  std::array<std::uint64_t, api::kDetailStatusCount> by_detail_status{};
  std::vector<std::pair<std::string, std::uint64_t>>
      by_revision;                    ///< present; at most kMaxRevisions
  std::uint64_t other_revisions = 0;  ///< workers of further ones

  bool operator==(const HistorySums&) const = default;
};

/// Sums a fleet up to what is shown of it; the app's id and queue name are left empty.
/// @param collect_workers  whether each present worker is to be in it, up to kMaxWorkerSeries.
/// Pure. Thread-safe.
[[nodiscard]] FleetView summarize(const Fleet& fleet, bool collect_workers);

/// Sums up the workers of a fleet that its live listing does not show. Pure. Thread-safe.
[[nodiscard]] HistorySums sum_history(const Fleet& fleet);

/// Completes the view of a fleet without a history by what an earlier one told. The revisions that
/// find no place among kMaxRevisions count as other. Pure. Thread-safe.
void add_history(FleetView& view, const HistorySums& history);

}  // namespace everai::state
