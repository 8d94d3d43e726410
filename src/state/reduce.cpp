#include "state/reduce.hpp"

#include <algorithm>
#include <utility>

#include "state/fleet_view.hpp"
#include "state/revisions.hpp"
#include "state/worker_account.hpp"

namespace everai::state {
namespace {

/// How far ahead of the platform's clock a time of the platform's may be, and how far ahead of ours
/// where that stands for it.
constexpr std::chrono::days kMostAhead{1};
constexpr std::chrono::days kMostAheadOfOurs{366};

/// Leaves out the times of records that cannot be.
class TimeCheck {
 public:
  TimeCheck(Timestamp limit, std::vector<std::string_view>& anomalies)
      : limit_(limit), anomalies_(anomalies) {}

  void check(Fleet& fleet) {
    for (FleetWorker& listed : fleet.workers) {
      listed.created_ahead = check(listed.record.created_at, "createdAt");
      check(listed.record.launch_at, "launchAt");
      check(listed.record.last_serve_at, "lastServeAt");
      check(listed.record.deleted_at, "deletedAt");
    }
    check(fleet.last_scale_up, "lastScaleUpTime");
    check(fleet.last_scale_down_delete, "lastScaleDownDeleteTime");
  }

 private:
  /// @return whether the time was left out.
  bool check(std::optional<Timestamp>& time, std::string_view field) {
    if (time <= limit_) {
      return false;
    }
    time.reset();
    anomalies_.push_back(field);
    return true;
  }

  Timestamp limit_;
  std::vector<std::string_view>& anomalies_;
};

/// Corrects times that a process noted by a clock of the platform's that turned out to be off. What
/// an earlier process noted is only kept from lying ahead of this one's first poll: it is not known
/// by which clock it did so.
class ClockCorrection {
 public:
  /// @param began  when this process began to note times, by the clock as it was.
  ClockCorrection(Timestamp began, std::chrono::microseconds step) : began_(began), step_(step) {}

  void apply(AppMemory& memory, Timestamp now) const {
    memory.watch_began = corrected_watch(memory, now);
    for (WorkerMemory& worker : memory.workers) {
      correct(worker.last_seen);
    }
    for (RevisionCounters& revision : memory.counters.revisions) {
      correct(revision.last_present);
    }
    correct(memory.counters.last_worker_error);
    correct(memory.counters.last_served);
  }

  /// For how long the watch has gone on at least is known whatever clocks do.
  [[nodiscard]] Timestamp corrected_watch(const AppMemory& memory, Timestamp now) const {
    const Timestamp watch_began = memory.watch_began.value();
    return watch_began >= began_ || watch_began > now ? now - memory.watched : watch_began;
  }

 private:
  void correct(Timestamp& time) const {
    time = time >= began_ ? time + step_ : std::min(time, began_ + step_);
  }
  void correct(std::optional<Timestamp>& time) const {
    if (time) {
      correct(*time);
    }
  }

  Timestamp began_;
  std::chrono::microseconds step_;
};

/// Takes the clocks at a poll, and corrects what was noted by a clock that was wrong.
PlatformClock::Reading read_clock(AppMemory& memory, const PollTime& at) {
  PlatformClock& clock = memory.clock;
  if (!memory.watch_began) {
    return clock.read(std::nullopt, at);
  }
  const Timestamp began = clock.last_poll ? clock.began : memory.last_poll;
  if (clock.last_poll) {
    memory.watched +=
        std::chrono::floor<std::chrono::microseconds>(at.steady - clock.last_poll->steady);
  }
  const PlatformClock::Reading reading = clock.read(memory.last_poll, at);
  if (reading.step != std::chrono::microseconds{0}) {
    ClockCorrection(began, reading.step).apply(memory, reading.now);
  }
  return reading;
}

/// See Newcomers; nothing at the first successful poll.
std::optional<Newcomers> newcomers(const AppMemory& memory, const PlatformClock::Reading& clock) {
  if (!memory.watch_began) {
    return std::nullopt;
  }
  const Timestamp began = *memory.watch_began;
  const ClockCorrection if_right(memory.clock.began, clock.doubted);
  const Timestamp other = clock.doubted == std::chrono::microseconds{0}
                              ? began
                              : if_right.corrected_watch(memory, clock.now + clock.doubted);
  return Newcomers{.since = std::max(began, other) - kClockTolerance,
                   .possible = std::min(began, other) - kClockTolerance,
                   .forgotten_until = memory.forgotten_until};
}

/// Books the remembered and the listed workers, both sorted by id, side by side.
class Bookkeeping {
 public:
  Bookkeeping(AppMemory& memory, WorkerAccount& account, Timestamp now,
              std::chrono::hours memory_time)
      : memory_(memory), account_(account), now_(now), memory_time_(memory_time) {}

  void book(const Fleet& fleet) {
    std::vector<WorkerMemory> before = std::exchange(memory_.workers, {});
    memory_.workers.reserve(std::max(before.size(), fleet.workers.size()));
    auto known = before.begin();
    for (const FleetWorker& listed : fleet.workers) {
      for (; known != before.end() && known->id < listed.record.id; ++known) {
        book_unlisted(std::move(*known), fleet.with_history);
      }
      if (known != before.end() && known->id == listed.record.id) {
        account_.book_known(*known, listed);
        memory_.workers.push_back(std::move(*known));
        ++known;
      } else if (std::optional<WorkerMemory> worker = account_.book_new(listed)) {
        memory_.workers.push_back(std::move(*worker));
      }
    }
    for (; known != before.end(); ++known) {
      book_unlisted(std::move(*known), fleet.with_history);
    }
  }

 private:
  /// @param missing  false: it may be in the listing that could not be had.
  void book_unlisted(WorkerMemory&& worker, bool missing) {
    const bool is_remembered = worker.last_seen + memory_time_ > now_;
    if (missing) {
      account_.book_missing(worker, !is_remembered);
    }
    if (is_remembered) {
      memory_.workers.push_back(std::move(worker));
    } else {
      const std::chrono::seconds ahead = worker.created_ahead ? kMostAhead : kClockTolerance;
      memory_.forgotten_until = std::max(memory_.forgotten_until,
                                         std::optional(worker.created_at.value_or(now_ + ahead)));
    }
  }

  AppMemory& memory_;
  WorkerAccount& account_;
  Timestamp now_;
  std::chrono::hours memory_time_;
};

/// Gives the revisions that are there their series, at 0, before they serve anything.
void touch_revisions(AppCounters& counters, const Fleet& fleet, Timestamp now) {
  // Those that have one come first: a new one must not take the place of one that is still there.
  for (RevisionCounters& known : counters.revisions) {
    const bool present =
        std::any_of(fleet.workers.begin(), fleet.workers.end(), [&known](const FleetWorker& each) {
          return each.present && label_value(each.record.app_revision) == known.revision;
        });
    if (present) {
      known.last_present = now;
    }
  }
  for (const FleetWorker& listed : fleet.workers) {
    if (listed.present) {
      revision_counters(counters, listed.record.app_revision, now, true);
    }
  }
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

/// When a worker last served. The platform gives a time to workers that never did, too.
void note_last_served(AppCounters& counters, const Fleet& fleet, Timestamp now) {
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    const bool served = record.success_count + record.failed_count > 0;
    if (served && record.last_serve_at > counters.last_served &&
        *record.last_serve_at <= now + kClockTolerance) {
      counters.last_served = record.last_serve_at;
    }
  }
}

GpuSeconds& gpu_seconds_of(AppCounters& counters, const std::string& model) {
  std::vector<GpuSeconds>& known = counters.gpu_seconds;
  const auto find = [&known](std::string_view name) {
    return std::lower_bound(
        known.begin(), known.end(), name,
        [](const GpuSeconds& each, std::string_view wanted) { return each.model < wanted; });
  };
  auto place = find(model);
  if (place != known.end() && place->model == model) {
    return *place;
  }
  // "other" does not take a place of the others'.
  const auto other = find(kOther);
  const bool has_other = other != known.end() && other->model == kOther;
  if (model != kOther && known.size() - (has_other ? 1U : 0U) >= kMaxGpuModels) {
    return gpu_seconds_of(counters, std::string(kOther));
  }
  return *known.insert(place, GpuSeconds{.model = model});
}

/// Adds the time since the last successful poll to what its workers were doing then.
void integrate_time(AppMemory& memory, SteadyTime::duration passed) {
  const double seconds = std::chrono::duration<double>(passed).count();
  const FleetView& last = *memory.last_view;
  for (std::size_t state = 0; state < kWorkerStateCount; ++state) {
    memory.counters.worker_seconds[state] += seconds * static_cast<double>(last.by_state[state]);
    for (const GpuHoldings& gpus : last.gpus) {
      gpu_seconds_of(memory.counters, gpus.model).by_state[state] +=
          seconds * static_cast<double>(gpus.by_state[state]);
    }
  }
}

/// What the app itself is, as the listing last told.
void note_names(AppMemory& memory, const Fleet& fleet) {
  if (const std::string_view app_id = newest_app_id(fleet); !app_id.empty()) {
    memory.app_id = app_id;
  }
  if (!fleet.queue_name.empty()) {
    memory.queue_name = fleet.queue_name;
  }
}

}  // namespace

Reduced reduce(AppMemory previous, Fleet fleet, const PollTime& at, const ReduceOptions& options) {
  Reduced result;
  result.memory = std::move(previous);
  AppMemory& memory = result.memory;
  const std::optional<PollTime> last = memory.clock.last_poll;
  const PlatformClock::Reading clock = read_clock(memory, at);
  const Timestamp now = clock.now;
  const auto most_ahead = memory.clock.has_date ? kMostAhead : kMostAheadOfOurs;
  TimeCheck(memory.clock.latest + most_ahead, result.clock_anomalies).check(fleet);
  // Over a longer gap nothing is known of the time between.
  const bool is_continuous = last && at.steady - last->steady <= options.longest_gap;
  touch_revisions(memory.counters, fleet, now);
  WorkerAccount account(
      result, {.newcomers = newcomers(memory, clock),
               .now = now,
               .longest_gap = is_continuous ? std::optional(options.longest_gap) : std::nullopt});
  Bookkeeping(memory, account, now, options.memory_time).book(fleet);
  note_last_served(memory.counters, fleet, now);
  // An earlier version saved it by our clock, which could be ahead.
  memory.counters.last_worker_error =
      std::min(memory.counters.last_worker_error, std::optional(now));
  note_names(memory, fleet);
  if (!memory.watch_began) {
    memory.watch_began = now;
  }
  if (is_continuous && memory.last_view != nullptr) {
    integrate_time(memory, at.steady - last->steady);
  }
  FleetView view = summarize(fleet, options.collect_workers);
  view.app_id = memory.app_id;
  view.queue_name = memory.queue_name;
  // A model's series begin at 0, before time passes.
  for (const GpuHoldings& gpus : view.gpus) {
    static_cast<void>(gpu_seconds_of(memory.counters, gpus.model));
  }
  memory.last_view = std::make_shared<const FleetView>(std::move(view));
  memory.last_poll = now;
  return result;
}

}  // namespace everai::state
