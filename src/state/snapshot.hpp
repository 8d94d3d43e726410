#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/types.hpp"
#include "config/settings.hpp"
#include "state/app_counters.hpp"
#include "state/new_series.hpp"
#include "state/worker_state.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::state {

/// Most workers of an app that have series of their own, where that is asked for.
inline constexpr std::size_t kMaxWorkerSeries = 500;

/// The GPUs that present workers hold of a model, by the workers' state.
struct GpuHoldings {
  std::string model;
  std::array<std::uint64_t, kWorkerStateCount> by_state{};

  bool operator==(const GpuHoldings&) const = default;
};

/// One present worker, for the per-worker series.
struct WorkerView {
  std::string id;
  std::string device_id;
  std::string revision;
  std::string gpu_model;
  WorkerState state = WorkerState::kUnknown;
  std::uint64_t sessions = 0;
  std::uint64_t requests = 0;  ///< as the platform counts them
  std::uint64_t failed = 0;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> launch_at;
  std::optional<Timestamp> last_serve_at;

  bool operator==(const WorkerView&) const = default;
};

/// What a good poll saw of an app's fleet. Immutable once published.
struct FleetView {
  std::string app_id;
  std::string queue_name;
  std::array<std::uint64_t, kWorkerStateCount> by_state{};         ///< present workers
  std::array<std::uint64_t, api::kWorkerStatusCount> by_status{};  ///< listed workers
  std::array<std::uint64_t, api::kDetailStatusCount> by_detail_status{};
  std::vector<std::pair<std::string, std::uint64_t>> by_revision;  ///< present; "other" last
  std::vector<GpuHoldings> gpus;                                   ///< present; "other" last
  std::uint64_t sessions = 0;
  std::uint64_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> queue_size;
  std::optional<std::uint64_t> max_workers;
  std::optional<Timestamp> last_scale_up;
  std::optional<Timestamp> last_scale_down_delete;
  std::optional<Timestamp> oldest_starting;  ///< createdAt of the worker that starts for longest
  std::vector<WorkerView> workers;           ///< sorted by id; empty unless asked for
  bool history_known = true;                 ///< false: only what the live listing shows is in it
  std::size_t revisions_dropped = 0;         ///< what the caps leave without a series
  std::size_t gpu_models_dropped = 0;
  std::size_t workers_dropped = 0;

  bool operator==(const FleetView&) const = default;
};

/// Why an app's last poll failed, or its history listing did.
struct PollFailure {
  ErrorCode code = ErrorCode::kTimeout;
  std::string message;                        ///< one line, printable, without secrets
  Timestamp since{};                          ///< of the first failed poll in a row
  std::optional<Timestamp> quiet_until = {};  ///< the platform asked not to be polled before
};

/// How an app's history listing is read. Polls do without it while it fails.
struct HistoryStatus {
  std::optional<bool> up;              ///< the last poll read it; nothing before the first ended
  std::optional<PollFailure> failure;  ///< the latest; nothing once it was read again
  std::optional<Timestamp> last_success;
};

/// All that is shown of an app, as of its last poll. Immutable once published.
struct AppSnapshot {
  api::AppRef app;
  config::AppSettings settings;
  std::optional<bool> up;              ///< nothing before the first poll ended
  std::optional<PollFailure> failure;  ///< of the last poll; nothing if it was good
  std::optional<Timestamp> last_success;
  std::optional<std::chrono::microseconds> poll_duration;
  std::array<std::uint64_t, kPollFailureReasons> failures{};  ///< by ErrorCode
  std::uint64_t skipped_workers = 0;  ///< records that could not be read, so far
  /// What is added to the platform's times to show them by our clock.
  std::chrono::microseconds clock_offset{};
  std::shared_ptr<const AppCounters> counters;  ///< null before the first good poll
  NewSeries new_series;                         ///< of them
  HistoryStatus history;
  std::shared_ptr<const FleetView> fleet;  ///< null: nothing is known
  SteadyTime fresh_until;                  ///< from then on `fleet` is too old to be shown
  /// If the last poll did without the history: what its live listing shows, to be shown in the
  /// place of `fleet` from `history_fresh_until` on, as `fleet` goes on with an earlier history.
  std::shared_ptr<const FleetView> live_fleet;
  SteadyTime history_fresh_until;
  std::optional<SteadyTime> next_poll;  ///< when the next one is due
};

/// What may be shown of an app's fleet now: null if nothing is known, or it is too old. Pure.
[[nodiscard]] inline const FleetView* fresh_fleet(const AppSnapshot& app, SteadyTime now) {
  if (now >= app.fresh_until) {
    return nullptr;
  }
  return app.live_fleet != nullptr && now >= app.history_fresh_until ? app.live_fleet.get()
                                                                     : app.fleet.get();
}

}  // namespace everai::state
