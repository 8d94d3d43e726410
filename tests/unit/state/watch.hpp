#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "state/reduce.hpp"

namespace everai::test {

inline constexpr Timestamp kWatchBegin{std::chrono::seconds{1727602800}};

/// One worker's record as a poll sees it.
struct Seen {
  std::string_view id;
  std::uint64_t success = 0;
  std::uint64_t failed = 0;
  std::optional<Timestamp> created_at = kWatchBegin - std::chrono::hours{24};
  std::optional<Timestamp> launch_at = std::nullopt;
  std::optional<Timestamp> last_serve_at = std::nullopt;
  std::optional<Timestamp> deleted_at = std::nullopt;
  std::string_view app_id = "";
  std::string_view app_revision = "";
  std::string_view device_id = "";
  std::string_view replace_worker_id = "";
  std::string_view gpu_model = "";
  std::uint64_t gpus = 0;
  api::WorkerStatus status = api::WorkerStatus::kRunning;
  bool present = true;
  std::optional<bool> live = std::nullopt;  ///< as `present` unless told
};

/// An app's memory, polled by hand every 30 s.
class Watch {
 public:
  Watch& poll(const std::vector<Seen>& seen) {
    state::Fleet fleet;
    fleet.with_history = with_history;
    for (const Seen& each : seen) {
      api::Worker record;
      record.id = each.id;
      record.success_count = each.success;
      record.failed_count = each.failed;
      record.created_at = each.created_at;
      record.launch_at = each.launch_at;
      record.last_serve_at = each.last_serve_at;
      record.app_id = each.app_id;
      record.deleted_at = each.deleted_at;
      record.app_revision = each.app_revision;
      record.device_id = each.device_id;
      record.replace_worker_id = each.replace_worker_id;
      record.gpu_model = each.gpu_model;
      record.gpu_num = each.gpus;
      record.status = each.status;
      record.detail_status = api::DetailStatus::kFree;
      fleet.workers.push_back({record, each.present, each.live.value_or(each.present)});
    }
    const Timestamp date = std::chrono::floor<std::chrono::seconds>(now + date_error);
    last = state::reduce(std::move(memory), std::move(fleet),
                         {.date = with_date ? std::optional(date) : std::nullopt,
                          .ours = now + our_lead,
                          .steady = SteadyTime{now.time_since_epoch()}},
                         options);
    memory = last.memory;
    view = *memory.last_view;
    now += std::chrono::seconds{30};
    return *this;
  }

  /// As after a restart: what only the process knew is gone.
  Watch& restart() {
    memory.clock = {};
    memory.last_view = nullptr;
    return *this;
  }

  state::AppMemory memory;
  state::Reduced last;
  state::FleetView view;
  Timestamp now = kWatchBegin;
  std::chrono::seconds date_error{};  ///< how far ahead the `Date` is
  std::chrono::seconds our_lead{};    ///< how far ahead our wall clock is
  bool with_date = true;
  bool with_history = true;
  state::ReduceOptions options;
};

}  // namespace everai::test
