#pragma once

#include <memory>
#include <span>

#include "metrics/family.hpp"
#include "state/snapshot.hpp"

namespace everai::metrics {

/// What the caps on label values leave without series of its own, summed over the apps: the family
/// everai_exporter_series_dropped. Pure. Thread-safe.
[[nodiscard]] OwnFamily dropped_series(
    std::span<const std::shared_ptr<const state::AppSnapshot>> snapshots);

}  // namespace everai::metrics
