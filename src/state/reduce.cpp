#include "state/reduce.hpp"

#include <utility>

namespace everai::state {
namespace {

void add_requests(AppMemory& memory, std::uint64_t success, std::uint64_t failed) {
  memory.requests += success + failed;
  memory.failed += failed;
}

/// Makes a record's counts the worker's marks, adding nothing.
void set_marks(WorkerMemory& worker, const api::Worker& record) {
  worker.success = record.success_count;
  worker.failed = record.failed_count;
  if (record.launch_at) {
    worker.launch_at = record.launch_at;
  }
  worker.stale_polls = 0;
}

/// Rules 1 and 2.
void count_known_worker(AppMemory& memory, WorkerMemory& worker, const api::Worker& record) {
  const bool both_launched = record.launch_at && worker.launch_at;
  const bool relaunched = both_launched && *record.launch_at > *worker.launch_at;
  const bool of_earlier_launch = both_launched && *record.launch_at < *worker.launch_at;
  const bool fell = record.success_count < worker.success || record.failed_count < worker.failed;
  if (of_earlier_launch || (fell && !relaunched)) {
    ++memory.regressions;
    if (++worker.stale_polls >= kStalePollsToBelieve) {
      set_marks(worker, record);
    }
    return;
  }
  if (fell) {
    add_requests(memory, record.success_count, record.failed_count);
  } else {
    add_requests(memory, record.success_count - worker.success,
                 record.failed_count - worker.failed);
  }
  set_marks(worker, record);
}

/// Rules 3 and 4. @param watch_began  nothing at the first good poll.
WorkerMemory count_new_worker(AppMemory& memory, const std::optional<Timestamp>& watch_began,
                              const api::Worker& record) {
  if (watch_began && record.created_at && *record.created_at >= *watch_began - kWatchTolerance) {
    add_requests(memory, record.success_count, record.failed_count);
  }
  WorkerMemory worker{.id = std::string(record.id)};
  set_marks(worker, record);
  return worker;
}

/// Walks the remembered and the listed workers, both sorted by id, side by side.
void count_requests(AppMemory& memory, const Fleet& fleet, Timestamp our_now,
                    std::chrono::hours memory_time) {
  const std::optional<Timestamp> watch_began = memory.watch_began;
  std::vector<WorkerMemory> before = std::exchange(memory.workers, {});
  memory.workers.reserve(before.size() + fleet.workers.size());
  auto known = before.begin();
  const auto keep_unlisted_until = [&](const std::string_view* id) {
    for (; known != before.end() && (id == nullptr || known->id < *id); ++known) {
      if (known->last_seen + memory_time > our_now) {
        memory.workers.push_back(std::move(*known));
      }
    }
  };
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    keep_unlisted_until(&record.id);
    if (known != before.end() && known->id == record.id) {
      count_known_worker(memory, *known, record);
      memory.workers.push_back(std::move(*known));
      ++known;
    } else {
      memory.workers.push_back(count_new_worker(memory, watch_began, record));
    }
    memory.workers.back().last_seen = our_now;
  }
  keep_unlisted_until(nullptr);
}

/// The app's id as its newest present worker says it.
std::string_view newest_app_id(const Fleet& fleet) {
  const api::Worker* newest = nullptr;
  for (const FleetWorker& listed : fleet.workers) {
    const bool candidate = listed.present && !listed.record.app_id.empty();
    if (candidate && (newest == nullptr || listed.record.created_at > newest->created_at)) {
      newest = &listed.record;
    }
  }
  return newest == nullptr ? std::string_view{} : newest->app_id;
}

FleetView view_of(const Fleet& fleet, const AppMemory& memory) {
  FleetView view;
  view.app_id = memory.app_id;
  view.queue_name = memory.queue_name;
  view.queue_size = fleet.queue_size;
  view.max_workers = fleet.max_workers;
  view.last_scale_up = fleet.last_scale_up;
  view.last_scale_down_delete = fleet.last_scale_down_delete;
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    ++view.by_status[static_cast<std::size_t>(record.status)];
    ++view.by_detail_status[static_cast<std::size_t>(record.detail_status)];
    if (listed.present) {
      const WorkerState state = worker_state(record.status, record.detail_status);
      ++view.by_state[static_cast<std::size_t>(state)];
    }
  }
  return view;
}

}  // namespace

Reduced reduce(AppMemory previous, const Fleet& fleet, PollTime now,
               std::chrono::hours memory_time) {
  AppMemory memory = std::move(previous);
  count_requests(memory, fleet, now.ours, memory_time);
  if (!memory.watch_began) {
    memory.watch_began = now.platform;
  }
  if (const std::string_view app_id = newest_app_id(fleet); !app_id.empty()) {
    memory.app_id = app_id;
  }
  if (!fleet.queue_name.empty()) {
    memory.queue_name = fleet.queue_name;
  }
  FleetView view = view_of(fleet, memory);
  return {std::move(memory), std::move(view)};
}

}  // namespace everai::state
