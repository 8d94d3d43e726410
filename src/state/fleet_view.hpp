#pragma once

#include "state/fleet.hpp"
#include "state/snapshot.hpp"

namespace everai::state {

/// Sums a fleet up to what is shown of it; the app's id and queue name are left empty.
/// @param collect_workers  whether each present worker is to be in it, up to kMaxWorkerSeries.
/// Pure. Thread-safe.
[[nodiscard]] FleetView summarize(const Fleet& fleet, bool collect_workers);

}  // namespace everai::state
