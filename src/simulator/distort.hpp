#pragma once

#include <string>
#include <string_view>

#include "simulator/faults.hpp"
#include "simulator/random.hpp"

namespace everai::simulator {

/// Rewrites the answer of a worker listing with the faults that are of an answer's form: `omit`,
/// `reorder`, `strings`, `unknown_enum`, `unknown_field`, `null`, `duplicate`, `broken` and
/// `lost_worker`. All but the last two keep what counting needs: a worker's last record has its id,
/// `status` (or an unknown one), counts, `createdAt` and `launchAt` as they were.
/// @param body  what `render_listing` gave
[[nodiscard]] std::string distort_listing(std::string_view body, const Faults& faults,
                                          Random& random);

}  // namespace everai::simulator
