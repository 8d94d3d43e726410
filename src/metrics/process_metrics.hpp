#pragma once

#include <vector>

#include "metrics/family.hpp"

namespace everai::metrics {

/// The standard seven `process_*` families of this process, read from the kernel. What the kernel
/// does not tell is left out. Thread-safe.
[[nodiscard]] std::vector<OwnFamily> process_metrics();

}  // namespace everai::metrics
