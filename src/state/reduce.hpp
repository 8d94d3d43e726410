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
  /// Longest time between two successful polls over which time is integrated and readiness dated.
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

/// Turns what a successful poll saw, and what was remembered before it, into what is remembered
/// after it; `memory.last_view` is what is shown. Times of records that cannot be, a day ahead of
/// the platform's clock, count as missing.
///
/// The request counters count each finished request once, whatever comes and goes:
/// 1. a known worker whose counts did not fall adds the difference;
/// 2. if a count fell to less than half, and its container was launched anew, it adds the whole new
///    counts. If it fell by less, that is waited for: should it still be lower at the third poll in
///    a row, the lower counts are those to go on from, and what they grew meanwhile is added;
/// 3. counts that fell without a launch add nothing, and are a regression. They are those to go on
///    from once three polls in a row show them with a later time of the last serving, which a stale
///    record cannot have, or, if no time tells, once they grow;
/// 4. a record that tells of an earlier creation, launch or serving than the one that set the marks
///    is stale for three polls in a row. From the fourth on it is the one to go on from, adding
///    nothing: the time was corrected. An earlier time of serving alone is no sign of it where
///    the launch is the same and the counts did not fall;
/// 5. a new worker that was created since the watch began adds its whole counts, unless a worker
///    was forgotten that was created no earlier. If it is not known yet which time is right, it is
///    told later;
/// 6. any other new worker adds nothing: its counts are the baseline;
/// 7. an id that comes back with a creation later by more than `kClockTolerance` is a new worker.
/// The first successful poll begins the watch and is a baseline for all it lists.
///
/// What a worker went through (its creation, launch, first readiness, error, end) is counted once,
/// when it is first seen, and only if it happened on watch. A worker that three polls in a row list
/// nowhere, each with a history, has ended when it was last listed. A readiness is observed only if
/// the last poll was so short a time ago that this one can date it.
/// Pure. Thread-safe.
[[nodiscard]] Reduced reduce(AppMemory previous, Fleet fleet, const PollTime& at,
                             const ReduceOptions& options);

}  // namespace everai::state
