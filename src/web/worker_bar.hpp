#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "state/worker_state.hpp"
#include "web/status.hpp"

namespace everai::web {

/// The length of a whole bar, in the units of its segments.
inline constexpr std::uint64_t kBarLength = 1000;

/// How long each state's segment of the bar is. The whole bar stands for `max` workers, or for the
/// present ones if they are more or `max` is unknown. A state that some worker is in is always
/// long enough to be seen, at the cost of the longest. Pure.
[[nodiscard]] std::array<std::uint64_t, state::kWorkerStateCount> bar_segments(
    const WorkersStatus& workers);

/// A state as people read it, such as "rolling in". Pure.
[[nodiscard]] std::string state_text(state::WorkerState state);

/// The workers as numbers, bar and words, in HTML: an inline SVG, because a width in a `style`
/// attribute is what the page's policy forbids. Pure.
[[nodiscard]] std::string render_workers(const WorkersStatus& workers);

/// What the colours of the bars mean, as an HTML list. Pure.
[[nodiscard]] std::string render_legend();

}  // namespace everai::web
