#include "state/worker_account.hpp"

#include <algorithm>

#include "state/revisions.hpp"

namespace everai::state {
namespace {

bool has_ended(const api::Worker& record) {
  return record.deleted_at || record.status == api::WorkerStatus::kTerminated;
}

bool is_ready(const api::Worker& record) {
  const WorkerState state = worker_state(record.status, record.detail_status);
  return state == WorkerState::kBusy || state == WorkerState::kFree;
}

/// Makes a record's counts the worker's marks, adding nothing.
void set_marks(WorkerMemory& worker, const api::Worker& record) {
  worker.success = record.success_count;
  worker.failed = record.failed_count;
  worker.served = worker.served || record.success_count + record.failed_count > 0;
  if (record.launch_at) {
    worker.launch_at = record.launch_at;
  }
  // Also if it is left out: an earlier record's time would make these marks seem older.
  worker.last_serve_at = record.last_serve_at;
  worker.lower_polls = 0;
}

/// Whether a time of a record comes before what is remembered; unknown times come before nothing.
bool is_before(const std::optional<Timestamp>& time, const std::optional<Timestamp>& remembered) {
  return time && remembered && *time < *remembered;
}

/// Whether a record tells of an earlier launch or serving than is remembered: it is a stale read.
bool is_outdated(const api::Worker& record, const WorkerMemory& worker) {
  const bool relaunched = is_before(worker.launch_at, record.launch_at);
  return is_before(record.launch_at, worker.launch_at) ||
         (!relaunched && is_before(record.last_serve_at, worker.last_serve_at));
}

}  // namespace

void WorkerAccount::book_known(WorkerMemory& worker, const FleetWorker& listed) {
  if (is_outdated(listed.record, worker)) {
    ++counters_.regressions;
    worker.lower_polls = 0;
  } else {
    count_requests(worker, listed);
    count_life(worker, listed.record);
  }
  worker.last_seen = now_;
}

WorkerMemory WorkerAccount::book_new(const FleetWorker& listed) {
  const api::Worker& record = listed.record;
  WorkerMemory worker{.id = std::string(record.id), .last_seen = now_};
  if (record.created_at && *record.created_at > now_ + kClockTolerance) {
    result_.clock_anomalies.emplace_back("createdAt");
  }
  worker.born_on_watch = new_since_ && record.created_at && *record.created_at >= *new_since_;
  set_marks(worker, record);
  if (worker.born_on_watch) {
    ++counters_.created;
    counters_.replaced += record.replace_worker_id.empty() ? 0U : 1U;
    add_requests(listed, record.success_count, record.failed_count);
    count_life(worker, record);
  } else {
    worker.launched = record.launch_at.has_value();
    worker.ready = is_ready(record);
    worker.errored = record.status == api::WorkerStatus::kError;
    worker.ended = has_ended(record);
  }
  return worker;
}

/// Rules 1 and 2 of `reduce`, for a record that is not outdated.
void WorkerAccount::count_requests(WorkerMemory& worker, const FleetWorker& listed) {
  const api::Worker& record = listed.record;
  const bool relaunched = is_before(worker.launch_at, record.launch_at);
  const bool fell = record.success_count < worker.success || record.failed_count < worker.failed;
  if (fell && !relaunched) {
    ++counters_.regressions;
    const bool served_since = is_before(worker.last_serve_at, record.last_serve_at);
    worker.lower_polls = static_cast<std::uint8_t>(served_since ? worker.lower_polls + 1 : 0);
    if (worker.lower_polls == kPollsToBelieveReset) {
      set_marks(worker, record);
    }
    return;
  }
  if (fell) {
    add_requests(listed, record.success_count, record.failed_count);
  } else {
    add_requests(listed, record.success_count - worker.success,
                 record.failed_count - worker.failed);
  }
  if (relaunched) {
    result_.relaunched = true;
    worker.errored = false;
  }
  set_marks(worker, record);
}

void WorkerAccount::add_requests(const FleetWorker& listed, std::uint64_t success,
                                 std::uint64_t failed) {
  counters_.requests += success + failed;
  counters_.failed += failed;
  RevisionCounters& revision =
      revision_counters(counters_, listed.record.app_revision, now_, listed.present);
  revision.requests += success + failed;
  revision.failed += failed;
}

/// Counts what the worker went through since it was last seen.
void WorkerAccount::count_life(WorkerMemory& worker, const api::Worker& record) {
  if (!worker.launched && record.launch_at) {
    worker.launched = true;
    if (worker.born_on_watch) {
      if (const auto seconds = seconds_between(record.created_at, record.launch_at, "launchAt")) {
        counters_.launch_duration.observe(*seconds);
      }
    }
  }
  if (!worker.ready && is_ready(record)) {
    worker.ready = true;
    // Readiness has no time of its own: it is that of the poll which first saw it.
    if (worker.born_on_watch && record.created_at) {
      const auto age = std::chrono::duration<double>(now_ - *record.created_at).count();
      counters_.ready_duration.observe(std::max(age, 0.0));
    }
  }
  if (!worker.errored && record.status == api::WorkerStatus::kError) {
    worker.errored = true;
    count_error(record);
  }
  if (!worker.ended && has_ended(record)) {
    worker.ended = true;
    count_end(worker, record);
  }
}

void WorkerAccount::count_error(const api::Worker& record) {
  ++counters_.worker_errors;
  counters_.last_worker_error = now_;
  result_.errored_devices.emplace_back(record.device_id);
}

void WorkerAccount::count_end(const WorkerMemory& worker, const api::Worker& record) {
  ++counters_.deleted;
  counters_.never_served += worker.served ? 0U : 1U;
  if (const auto seconds = seconds_between(record.created_at, record.deleted_at, "deletedAt")) {
    counters_.lifetime.observe(*seconds);
  }
}

/// @param field  the name of the later time, for the case that it is the earlier one.
std::optional<double> WorkerAccount::seconds_between(const std::optional<Timestamp>& from,
                                                     const std::optional<Timestamp>& to,
                                                     std::string_view field) {
  if (!from || !to) {
    return std::nullopt;
  }
  if (*to < *from) {
    result_.clock_anomalies.push_back(field);
    return std::nullopt;
  }
  return std::chrono::duration<double>(*to - *from).count();
}

}  // namespace everai::state
