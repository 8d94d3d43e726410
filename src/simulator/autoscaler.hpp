#pragma once

#include <chrono>
#include <cstdint>

namespace everai::simulator {

enum class AutoscalerKind : std::uint8_t {
  kMinFreeWorkers,  ///< keeps some workers free
  kMaxQueueSize,    ///< keeps the queue short
  kManual,          ///< keeps the number of workers that was last asked for (`min_workers`)
};

/// An app's autoscaler, in the platform's words.
struct AutoscalerRules {
  AutoscalerKind kind = AutoscalerKind::kManual;
  std::uint64_t min_workers = 0;
  std::uint64_t max_workers = 1;
  std::uint64_t min_free_workers = 0;  ///< kMinFreeWorkers
  std::uint64_t max_queue_size = 0;    ///< kMaxQueueSize
  std::uint64_t scale_up_step = 1;
  std::chrono::milliseconds max_idle_time{0};  ///< a free worker may go after it
};

/// What a decision is made from.
struct FleetFigures {
  std::uint64_t live = 0;       ///< every worker that is there, the ones being removed too
  std::uint64_t staying = 0;    ///< those of them that are not being removed
  std::uint64_t in_flight = 0;  ///< being created
  std::uint64_t free = 0;
  std::uint64_t idle = 0;  ///< free for `max_idle_time`, without a session
  std::uint64_t queue_size = 0;
};

/// How many workers to create and to remove; at most one of the two is above 0.
struct Scaling {
  std::uint64_t up = 0;
  std::uint64_t down = 0;

  bool operator==(const Scaling&) const = default;
};

/// Decides as the platform does. No kind scales up while any worker is in flight, so a worker that
/// is stuck starting freezes its app; none goes over `max_workers`.
/// Pure. Thread-safe.
[[nodiscard]] Scaling decide(const AutoscalerRules& rules, const FleetFigures& fleet);

}  // namespace everai::simulator
