#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "state/app_memory.hpp"
#include "state/fleet.hpp"

namespace everai::state {

struct ReduceOptions {
  /// How long a worker that is no longer listed stays remembered.
  std::chrono::hours memory_time{48};
  /// Longest time between two good polls over which time is integrated.
  std::chrono::milliseconds longest_gap{75000};
  /// Whether each worker is to have series of its own.
  bool collect_workers = false;
};

struct Reduced {
  AppMemory memory;
  std::vector<std::string>
      errored_devices;  ///< of workers that entered STATUS_ERROR; "" if unknown
  std::vector<std::string_view> clock_anomalies{};  ///< fields that tell an impossible time
  bool relaunched = false;  ///< a container was launched anew: its earlier marks are of no use
};

/// Turns what a good poll saw, and what was remembered before it, into what is remembered after it;
/// `memory.last_view` is what is shown.
///
/// The request counters count each finished request once, whatever comes and goes:
/// 1. a known worker whose counts did not fall adds the difference;
/// 2. if they fell, and its container was launched anew, it adds the whole new counts; else it adds
///    nothing, the marks stay, and a regression is counted. Lower counts are believed, and still
///    add nothing, only if three polls in a row show them with a later time of the last serving,
///    which a stale record cannot have. A record with an earlier launch or last serving than was
///    already seen is stale whatever else it says;
/// 3. a new worker that was created since the watch began adds its whole counts, unless it was
///    created so long before the last good poll that it may have been seen and forgotten;
/// 4. any other new worker adds nothing: its counts are the baseline.
/// The first good poll begins the watch and is a baseline for all it lists.
///
/// What a worker went through (its creation, launch, first readiness, error, end) is counted once,
/// when it is first seen, and only if it happened on watch.
/// Pure. Thread-safe.
[[nodiscard]] Reduced reduce(AppMemory previous, Fleet fleet, const PollTime& at,
                             const ReduceOptions& options);

}  // namespace everai::state
