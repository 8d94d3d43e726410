#pragma once

#include "state/app_memory.hpp"
#include "state/fleet.hpp"
#include "state/snapshot.hpp"

namespace everai::state {

/// The two clocks at a poll.
struct PollTime {
  Timestamp platform;  ///< the answers' `Date`, or ours where they have none
  Timestamp ours;
};

/// How much older than the watch a worker that was not there at its begin may say it is, and still
/// be taken as new.
inline constexpr std::chrono::seconds kWatchTolerance{30};

/// Polls in a row that must show less than remembered before the lower count is believed.
inline constexpr std::uint8_t kStalePollsToBelieve = 3;

struct Reduced {
  AppMemory memory;
  FleetView view;
};

/// Turns what a good poll saw, and what was remembered before it, into what is remembered after it
/// and what is shown.
///
/// The accumulators count each finished request once, whatever comes and goes:
/// 1. a known worker whose counts did not fall adds the difference;
/// 2. if they fell, and its container was launched anew, it adds the whole new counts; otherwise
/// the
///    record is stale: it adds nothing, the marks stay, a regression is counted, and only after
///    three polls in a row are the lower counts believed, still adding nothing. A record from
///    before a launch that was already seen is stale too;
/// 3. a new worker that was created since the watch began adds its whole counts;
/// 4. any other new worker adds nothing: its counts are the baseline.
/// The first good poll begins the watch and is a baseline for all it lists.
///
/// @param memory_time  how long a worker that is no longer listed stays remembered.
/// Pure. Thread-safe.
[[nodiscard]] Reduced reduce(AppMemory previous, const Fleet& fleet, PollTime now,
                             std::chrono::hours memory_time);

}  // namespace everai::state
