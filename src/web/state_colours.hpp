#pragma once

#include <array>
#include <string_view>

#include "state/worker_state.hpp"

namespace everai::web {

/// The colours of the worker states, by `state::WorkerState`; the dashboards use the same.
inline constexpr std::array<std::string_view, state::kWorkerStateCount> kStateColours{
    "#E02F44",  // error
    "#FA6400",  // unavailable
    "#B7885E",  // removing
    "#8F3BB8",  // rolling_in
    "#F2CC0C",  // starting
    "#3274D9",  // busy
    "#56A64B",  // free
    "#808080",  // unknown
};

}  // namespace everai::web
