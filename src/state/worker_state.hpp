#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "api/types.hpp"

namespace everai::state {

/// Where a present worker stands: an exhaustive, exclusive partition, made for dashboards and
/// alerts.
enum class WorkerState : std::uint8_t {
  kError,
  kUnavailable,
  kRemoving,   ///< being terminated or removed
  kRollingIn,  ///< takes an old worker's place
  kStarting,   ///< created, initialized, pending or in flight
  kBusy,
  kFree,
  kUnknown,  ///< whatever the rules do not name
};
inline constexpr std::size_t kWorkerStateCount = 8;

/// The `state` label's value, such as "rolling_in".
[[nodiscard]] std::string_view to_string(WorkerState state);

/// The state of a present worker; the first rule that matches wins, in the enum's order.
/// Pure. Thread-safe.
[[nodiscard]] WorkerState worker_state(api::WorkerStatus status, api::DetailStatus detail);

}  // namespace everai::state
