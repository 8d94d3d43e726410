#pragma once

#include <vector>

#include "metrics/family.hpp"
#include "state/state_writer.hpp"

namespace everai::metrics {

/// The `everai_exporter_state_*` families: how the saving of the state goes. What never happened is
/// left out. Pure. Thread-safe.
[[nodiscard]] std::vector<OwnFamily> state_metrics(const state::StateStatus& status);

}  // namespace everai::metrics
