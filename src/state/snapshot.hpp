#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/types.hpp"
#include "state/worker_state.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::state {

/// What a good poll saw of an app's fleet. Immutable once published.
struct FleetView {
  std::string app_id;
  std::string queue_name;
  std::array<std::uint64_t, kWorkerStateCount> by_state{};         ///< present workers
  std::array<std::uint64_t, api::kWorkerStatusCount> by_status{};  ///< listed workers
  std::array<std::uint64_t, api::kDetailStatusCount> by_detail_status{};
  std::optional<std::uint64_t> queue_size;
  std::optional<std::uint64_t> max_workers;
  std::optional<Timestamp> last_scale_up;
  std::optional<Timestamp> last_scale_down_delete;

  bool operator==(const FleetView&) const = default;
};

/// The counters that are fed by good polls.
struct AppCounters {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  std::uint64_t regressions = 0;

  bool operator==(const AppCounters&) const = default;
};

/// All that is shown of an app, as of its last poll. Immutable once published.
struct AppSnapshot {
  api::AppRef app;
  std::optional<bool> up;  ///< nothing before the first poll ended
  std::optional<Timestamp> last_success;
  std::optional<std::chrono::microseconds> poll_duration;
  std::array<std::uint64_t, kPollFailureReasons> failures{};  ///< by ErrorCode
  std::uint64_t skipped_workers = 0;       ///< records that could not be read, so far
  std::optional<AppCounters> counters;     ///< nothing before the first good poll
  std::shared_ptr<const FleetView> fleet;  ///< null: nothing is known
  SteadyTime fresh_until;                  ///< from then on `fleet` is too old to be shown
};

}  // namespace everai::state
