#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "state/histogram.hpp"
#include "state/label_value.hpp"
#include "state/worker_state.hpp"
#include "util/time.hpp"

namespace everai::state {

/// Most revisions, and most GPU models, that an app has series of; what is beyond counts as
/// "other".
inline constexpr std::size_t kMaxRevisions = 10;
inline constexpr std::size_t kMaxGpuModels = 10;

/// What the workers of a revision did.
struct RevisionCounters {
  std::string revision;  ///< "unknown" where the platform does not tell
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  Timestamp last_present{};  ///< when a worker of it was last there

  bool operator==(const RevisionCounters&) const = default;
};

/// Time that the GPUs of a model spent, by their workers' state.
struct GpuSeconds {
  std::string model;
  std::array<double, kWorkerStateCount> by_state{};

  bool operator==(const GpuSeconds&) const = default;
};

/// The accumulators behind an app's counters and histograms. They only ever grow, and start at 0
/// when the watch of the app begins.
struct AppCounters {
  std::uint64_t requests = 0;       ///< finished requests, good and bad
  std::uint64_t failed = 0;         ///< the failed of them
  std::uint64_t regressions = 0;    ///< stale records seen
  std::uint64_t created = 0;        ///< workers created since the watch began
  std::uint64_t deleted = 0;        ///< workers seen to have ended
  std::uint64_t replaced = 0;       ///< created workers that took another's place
  std::uint64_t never_served = 0;   ///< ended workers that never finished a request
  std::uint64_t worker_errors = 0;  ///< entries into STATUS_ERROR, at most one for each launch
  std::array<double, kWorkerStateCount> worker_seconds{};
  std::vector<GpuSeconds> gpu_seconds;      ///< sorted by model
  std::vector<RevisionCounters> revisions;  ///< sorted by revision; without "other"
  RevisionCounters other_revisions{.revision = std::string(kOther)};
  StartHistogram launch_duration;
  StartHistogram ready_duration;
  LifetimeHistogram lifetime;
  std::optional<Timestamp> last_served;        ///< by the platform's clock
  std::optional<Timestamp> last_worker_error;  ///< when a poll saw it, by the platform's clock

  bool operator==(const AppCounters&) const = default;
};

}  // namespace everai::state
