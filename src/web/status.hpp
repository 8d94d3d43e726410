#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/shard.hpp"
#include "state/snapshot.hpp"
#include "state/worker_state.hpp"
#include "util/clock.hpp"

/// What the status page and `/status.json` tell, as plain values.
namespace everai::web {

/// The configuration in use, and how its last reload ended.
struct ConfigState {
  std::string file = {};     ///< empty: flags alone
  config::Shard shard = {};  ///< which of its apps are watched
  bool last_reload_successful = true;
  Timestamp last_reload_success = {};  ///< when the configuration in use was loaded
  std::string last_error = {};         ///< why the last reload failed; one line
};

/// What a status is made from. All must live for the call.
struct StatusInput {
  std::string_view version;
  Timestamp started;
  Timestamp now;
  SteadyTime steady_now;
  ConfigState config;
  std::string_view telemetry_path;  ///< such as `/metrics`
  std::span<const std::shared_ptr<const state::AppSnapshot>> snapshots;
};

/// What is wrong with an app, worst first.
enum class Trouble : std::uint8_t {
  kDown,                ///< its last poll failed
  kStale,               ///< what is known is too old to be shown
  kErrorWorkers,        ///< workers in state error
  kUnavailableWorkers,  ///< workers in state unavailable
  kBacklog,             ///< as many requests wait as the configuration calls a backlog
  kNoHistory,           ///< its history listing cannot be read
};

/// Its name in `/status.json`, such as "error_workers".
[[nodiscard]] std::string_view to_string(Trouble trouble);

/// How much is known of an app's fleet.
enum class DataState : std::uint8_t {
  kFresh,     ///< of the last good poll, and new enough to be shown
  kOutdated,  ///< there was a good poll, too long ago
  kNone,      ///< no good poll yet, or the platform says that there is no such app
};

/// Its name in `/status.json`, such as "fresh".
[[nodiscard]] std::string_view to_string(DataState state);

/// Why an app is down, or its history listing is.
struct FailureStatus {
  std::string_view reason;  ///< as in `everai_app_poll_failures_total`; static
  std::string message;
  Timestamp since;
  std::chrono::microseconds lasting{};  ///< never negative
};

/// The present workers of an app.
struct WorkersStatus {
  std::array<std::uint64_t, state::kWorkerStateCount> by_state{};
  std::uint64_t total = 0;
  std::optional<std::uint64_t> max;  ///< nothing: unknown
  bool errors_known = true;          ///< false: of those in error, only what the live listing shows

  [[nodiscard]] std::uint64_t of(state::WorkerState state) const {
    return by_state.at(static_cast<std::size_t>(state));
  }
};

/// Finished requests, as counted so far.
struct RequestsStatus {
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::optional<double> failure_ratio;  ///< nothing while none has finished
};

struct AppStatus {
  std::string app_namespace;
  std::string name;
  std::optional<bool> up;         ///< nothing before the first poll ended
  std::vector<Trouble> troubles;  ///< worst first; empty: none is known
  std::optional<FailureStatus> failure;
  std::optional<bool> history_up;                ///< the last poll read the history listing
  std::optional<FailureStatus> history_failure;  ///< the latest; nothing once it was read again
  std::optional<Timestamp> last_history_success;
  DataState data = DataState::kNone;
  std::optional<Timestamp> last_success;
  std::optional<std::chrono::microseconds> age;           ///< of the last good poll; not negative
  std::optional<std::chrono::microseconds> next_poll_in;  ///< 0: due now
  std::optional<WorkersStatus> workers;                   ///< nothing unless `data` is fresh
  std::optional<std::uint64_t> queue_size;                ///< the same
  std::uint64_t backlog_threshold = 0;
  std::optional<RequestsStatus> requests;  ///< nothing before the first good poll
  double slo_objective_ratio = 0;
  std::string series_url;  ///< relative to `/`
};

/// All that is shown, as of one moment.
struct Status {
  std::string version;
  Timestamp started;
  Timestamp now;
  std::chrono::microseconds uptime{};  ///< never negative
  ConfigState config;
  std::string metrics_url;      ///< relative to `/`
  std::vector<AppStatus> apps;  ///< trouble first
  std::size_t up = 0;
  std::size_t down = 0;
  std::size_t not_polled = 0;
  std::size_t with_trouble = 0;
};

/// Makes the status. Apps stand in the order in which someone who looks for trouble wants them: by
/// the worst trouble (those that are down or stale for longest first, else the larger number
/// first), then those not polled yet, then all others; at last by name.
/// Pure. Thread-safe.
[[nodiscard]] Status make_status(const StatusInput& input);

/// Whether all is well, in one sentence, such as "2 of 12 apps have trouble". Pure.
[[nodiscard]] std::string headline(const Status& status);

}  // namespace everai::web
