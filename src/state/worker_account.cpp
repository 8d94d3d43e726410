#include "state/worker_account.hpp"

#include <algorithm>
#include <utility>

#include "state/revisions.hpp"
#include "util/saturating.hpp"

namespace everai::state {
namespace {

bool has_ended(const api::Worker& record) {
  return record.deleted_at || record.status == api::WorkerStatus::kTerminated;
}

bool is_ready(const api::Worker& record) {
  const WorkerState state = worker_state(record.status, record.detail_status);
  return state == WorkerState::kBusy || state == WorkerState::kFree;
}

/// Two times of one event may differ by this much: digits of the fraction may be cut.
constexpr std::chrono::seconds kSameTime{1};

/// Whether a time comes after another; unknown times come after nothing.
bool is_after(const std::optional<Timestamp>& time, const std::optional<Timestamp>& other,
              std::chrono::microseconds by_at_least) {
  return time && other && *time >= *other + by_at_least;
}

/// Whether a record is of another container than the one that set the marks, launched later.
bool is_relaunched(const WorkerMemory& worker, const api::Worker& record) {
  return is_after(record.launch_at, worker.launch_at, kSameTime);
}

/// Whether a record is known to be of the container that set the marks.
bool is_same_launch(const WorkerMemory& worker, const api::Worker& record) {
  return record.launch_at && worker.launch_at &&
         std::chrono::abs(*record.launch_at - *worker.launch_at) < kSameTime;
}

bool has_fallen(const WorkerMemory& worker, const api::Worker& record) {
  return record.success_count < worker.success || record.failed_count < worker.failed;
}

/// Whether a count fell so far that it must have begun anew.
bool begins_anew(const WorkerMemory& worker, const api::Worker& record) {
  const auto is_below_half = [](std::uint64_t count, std::uint64_t mark) {
    return count < mark && count < mark - count;
  };
  return is_below_half(record.success_count, worker.success) ||
         is_below_half(record.failed_count, worker.failed);
}

std::uint64_t growth(std::uint64_t from, std::uint64_t to) {
  return to > from ? to - from : 0;
}

/// Whether a record seems to be of another worker, that had the id before.
bool is_of_earlier_worker(const WorkerMemory& worker, const api::Worker& record) {
  const std::optional<Timestamp> earliest = record.created_at  ? record.created_at
                                            : record.launch_at ? record.launch_at
                                                               : record.last_serve_at;
  return is_after(worker.created_at, earliest, kClockTolerance);
}

/// Whether a record seems to be an earlier one than that which set the marks.
bool is_stale(const WorkerMemory& worker, const api::Worker& record) {
  if (is_of_earlier_worker(worker, record)) {
    return true;
  }
  if (is_relaunched(worker, record)) {
    return false;
  }
  if (is_after(worker.launch_at, record.launch_at, kSameTime)) {
    // One that has served since tells of a launch that was corrected.
    return !is_after(record.last_serve_at, std::max(worker.last_serve_at, worker.launch_at),
                     kSameTime);
  }
  // The counts of a container do not fall, so that those of an earlier record are no higher.
  const bool counts_tell = is_same_launch(worker, record) && !worker.lowered;
  return !counts_tell && is_after(worker.last_serve_at, record.last_serve_at, kSameTime);
}

/// Makes a record's counts the worker's marks, adding nothing.
void set_marks(WorkerMemory& worker, const api::Worker& record) {
  const bool same_counts =
      worker.success == record.success_count && worker.failed == record.failed_count;
  if (is_relaunched(worker, record)) {
    worker.lowered = false;
  }
  // Left out, it is not kept: an earlier record's time would make these marks seem older. One that
  // goes back and tells nothing else must not make them seem older either.
  if (!same_counts || !is_same_launch(worker, record) ||
      !is_after(worker.last_serve_at, record.last_serve_at, std::chrono::seconds{0})) {
    worker.last_serve_at = record.last_serve_at;
  }
  worker.success = record.success_count;
  worker.failed = record.failed_count;
  worker.served = worker.served || record.success_count + record.failed_count > 0;
  worker.created_at = std::max(worker.created_at, record.created_at);
  if (record.launch_at) {
    worker.launch_at = record.launch_at;
    worker.latest_launch = std::max(worker.latest_launch, record.launch_at);
  }
  worker.undated = !record.created_at;
  worker.lower_polls = 0;
}

}  // namespace

void WorkerAccount::book_known(WorkerMemory& worker, const FleetWorker& listed) {
  const api::Worker& record = listed.record;
  if (!worker.undated && is_after(record.created_at, worker.created_at, kClockTolerance)) {
    // Another worker with the id of one that is gone.
    if (std::optional<WorkerMemory> next = book_new(listed)) {
      if (!worker.ended) {
        count_end(worker, worker.last_seen);
      }
      worker = std::move(*next);
    }
    return;
  }
  if (!is_stale(worker, record)) {
    worker.stale_polls = 0;
    count_requests(worker, listed);
    count_life(worker, record);
  } else if (worker.stale_polls < kPollsToBelieve) {
    ++worker.stale_polls;
    ++counters_.regressions;
    worker.lower_polls = 0;
  } else {
    believe_stale(worker, record);
    count_life(worker, record);
  }
  worker.created_ahead = worker.created_ahead || listed.created_ahead;
  worker.last_seen = options_.now;
  worker.missing_polls = 0;
}

std::optional<WorkerMemory> WorkerAccount::book_new(const FleetWorker& listed) {
  const api::Worker& record = listed.record;
  const Age age = age_of(record);
  if (age == Age::kUnclear) {
    return std::nullopt;
  }
  WorkerMemory worker{.id = std::string(record.id),
                      .last_seen = options_.now,
                      .created_ahead = listed.created_ahead};
  if (record.created_at && *record.created_at > options_.now + kClockTolerance) {
    result_.clock_anomalies.emplace_back("createdAt");
  }
  worker.born_on_watch = age == Age::kNew;
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

void WorkerAccount::book_missing(WorkerMemory& worker, bool for_the_last_time) {
  if (worker.ended) {
    return;
  }
  ++worker.missing_polls;
  if (worker.missing_polls == kPollsToBelieve || for_the_last_time) {
    count_end(worker, worker.last_seen);
  }
}

WorkerAccount::Age WorkerAccount::age_of(const api::Worker& record) const {
  const auto& newcomers = options_.newcomers;
  if (!newcomers || !record.created_at || *record.created_at < newcomers->possible ||
      (newcomers->forgotten_until &&
       *record.created_at < *newcomers->forgotten_until + kSameTime)) {
    return Age::kOld;
  }
  return *record.created_at < newcomers->since ? Age::kUnclear : Age::kNew;
}

/// Goes on from a record that was taken for an earlier one for too long. What it counts more than
/// the marks may have been counted before them: it adds nothing.
void WorkerAccount::believe_stale(WorkerMemory& worker, const api::Worker& record) {
  if (is_of_earlier_worker(worker, record)) {
    if (record.created_at) {
      // Should the later one with this id come back, it is not new.
      auto& forgotten_until = result_.memory.forgotten_until;
      forgotten_until = std::max(forgotten_until, worker.created_at);
    }
    worker.created_at = record.created_at;
  }
  set_marks(worker, record);
  worker.lowered = true;
}

/// Rules 1 and 2 of `reduce`, for a record that is not stale.
void WorkerAccount::count_requests(WorkerMemory& worker, const FleetWorker& listed) {
  const api::Worker& record = listed.record;
  const bool relaunched = is_relaunched(worker, record);
  if (is_after(worker.launch_at, record.launch_at, kSameTime)) {
    // It is not stale, so that its launch was corrected.
    worker.latest_launch = record.launch_at;
  }
  const bool is_latest = is_after(record.launch_at, worker.latest_launch, kSameTime);
  if (relaunched && is_latest) {
    result_.relaunched = true;
    worker.errored = false;
    worker.latest_launch = record.launch_at;
    worker.lower_polls = 0;
  }
  if (relaunched && !is_latest && worker.lower_polls == 0) {
    // A launch that was seen before: what it counts may have been counted.
    set_marks(worker, record);
    worker.lowered = true;
  } else if (has_fallen(worker, record)) {
    count_lower(worker, listed, relaunched);
  } else {
    add_requests(listed, record.success_count - worker.success,
                 record.failed_count - worker.failed);
    set_marks(worker, record);
  }
}

/// Lower counts are those of a new container if they are far lower, and a stale record's or a
/// correction of the platform's if they are not.
void WorkerAccount::count_lower(WorkerMemory& worker, const FleetWorker& listed, bool relaunched) {
  const api::Worker& record = listed.record;
  if (relaunched && begins_anew(worker, record)) {
    add_requests(listed, record.success_count, record.failed_count);
    set_marks(worker, record);
    return;
  }
  counters_.regressions += relaunched ? 0U : 1U;
  const bool no_time_tells =
      !(record.launch_at && worker.launch_at) && !(record.last_serve_at && worker.last_serve_at);
  // It is not stale: a launch that went back was corrected, and a later serving is news.
  const bool is_later_record = relaunched ||
                               is_after(worker.launch_at, record.launch_at, kSameTime) ||
                               is_after(record.last_serve_at, worker.last_serve_at, kSameTime);
  if (!is_later_record && !no_time_tells) {
    worker.lower_polls = 0;
    return;
  }
  if (worker.lower_polls == 0) {
    worker.lower_success = record.success_count;
    worker.lower_failed = record.failed_count;
  }
  worker.lower_polls = std::min<std::uint8_t>(worker.lower_polls + 1U, kPollsToBelieve + 1);
  if (worker.lower_polls < kPollsToBelieve) {
    return;
  }
  // Without times, only what goes on counting is no stale record; till then nothing is missed.
  const bool goes_on =
      record.success_count != worker.lower_success || record.failed_count != worker.lower_failed;
  if (!relaunched && no_time_tells && !goes_on) {
    return;
  }
  const bool was_waiting = worker.lower_polls > kPollsToBelieve;
  if (relaunched || was_waiting) {
    add_requests(listed, growth(worker.lower_success, record.success_count),
                 growth(worker.lower_failed, record.failed_count));
  }
  set_marks(worker, record);
  worker.lowered = !relaunched;
}

void WorkerAccount::add_requests(const FleetWorker& listed, std::uint64_t success,
                                 std::uint64_t failed) {
  RevisionCounters& revision =
      revision_counters(counters_, listed.record.app_revision, options_.now, listed.present);
  for (std::uint64_t* const requests : {&counters_.requests, &revision.requests}) {
    *requests = saturating_add(*requests, saturating_add(success, failed));
  }
  for (std::uint64_t* const failures : {&counters_.failed, &revision.failed}) {
    *failures = saturating_add(*failures, failed);
  }
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
    const bool is_dated =
        options_.longest_gap && options_.now - worker.last_seen <= *options_.longest_gap;
    if (worker.born_on_watch && record.created_at && is_dated) {
      const auto age = std::chrono::duration<double>(options_.now - *record.created_at).count();
      counters_.ready_duration.observe(std::max(age, 0.0));
    }
  }
  if (!worker.errored && record.status == api::WorkerStatus::kError) {
    worker.errored = true;
    count_error(record);
  }
  if (!worker.ended && has_ended(record)) {
    count_end(worker, record.deleted_at);
  }
}

void WorkerAccount::count_error(const api::Worker& record) {
  ++counters_.worker_errors;
  counters_.last_worker_error = options_.now;
  result_.errored_devices.emplace_back(record.device_id);
}

void WorkerAccount::count_end(WorkerMemory& worker, const std::optional<Timestamp>& ended_at) {
  worker.ended = true;
  ++counters_.deleted;
  counters_.never_served += worker.served ? 0U : 1U;
  if (const auto seconds = seconds_between(worker.created_at, ended_at, "deletedAt")) {
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
