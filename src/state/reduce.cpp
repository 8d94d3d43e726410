#include "state/reduce.hpp"

#include <algorithm>
#include <utility>

#include "state/fleet_view.hpp"
#include "state/revisions.hpp"
#include "state/worker_account.hpp"

namespace everai::state {
namespace {

/// Walks the remembered and the listed workers, both sorted by id, side by side.
void book_workers(AppMemory& memory, WorkerAccount& account, const Fleet& fleet, Timestamp our_now,
                  std::chrono::hours memory_time) {
  std::vector<WorkerMemory> before = std::exchange(memory.workers, {});
  memory.workers.reserve(std::max(before.size(), fleet.workers.size()));
  auto known = before.begin();
  const auto keep_unlisted_until = [&](const std::string_view* id) {
    for (; known != before.end() && (id == nullptr || known->id < *id); ++known) {
      if (known->last_seen + memory_time > our_now) {
        memory.workers.push_back(std::move(*known));
      }
    }
  };
  for (const FleetWorker& listed : fleet.workers) {
    keep_unlisted_until(&listed.record.id);
    if (known != before.end() && known->id == listed.record.id) {
      account.book_known(*known, listed);
      memory.workers.push_back(std::move(*known));
      ++known;
    } else {
      memory.workers.push_back(account.book_new(listed));
    }
  }
  keep_unlisted_until(nullptr);
}

/// The earliest creation of a worker that is new if it is not remembered, by the platform's clock:
/// of the others some were there before the watch, and some may be forgotten.
std::optional<Timestamp> new_since(const AppMemory& memory, std::chrono::hours memory_time) {
  if (!memory.watch_began) {
    return std::nullopt;
  }
  return std::max(*memory.watch_began - kClockTolerance,
                  memory.last_poll - memory_time + kClockTolerance);
}

/// Gives the revisions that are there their series, at 0, before they serve anything.
void touch_revisions(AppCounters& counters, const Fleet& fleet, Timestamp our_now) {
  // Those that have one come first: a new one must not take the place of one that is still there.
  for (RevisionCounters& known : counters.revisions) {
    const bool present =
        std::any_of(fleet.workers.begin(), fleet.workers.end(), [&known](const FleetWorker& each) {
          const std::string_view revision = each.record.app_revision;
          return each.present && (revision.empty() ? kUnnamed : revision) == known.revision;
        });
    if (present) {
      known.last_present = our_now;
    }
  }
  for (const FleetWorker& listed : fleet.workers) {
    if (listed.present) {
      revision_counters(counters, listed.record.app_revision, our_now, true);
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
void note_last_served(AppCounters& counters, const Fleet& fleet) {
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    const bool served = record.success_count + record.failed_count > 0;
    if (served && record.last_serve_at > counters.last_served) {
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

/// Adds the time since the last good poll to what its workers were doing then.
void integrate_time(AppMemory& memory, const FleetView& view, Timestamp our_now,
                    std::chrono::milliseconds longest_gap) {
  const auto passed = our_now - memory.last_poll;
  if (memory.last_view != nullptr && passed > Timestamp::duration{0} && passed <= longest_gap) {
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
  // A model's series begin at 0, before time passes.
  for (const GpuHoldings& gpus : view.gpus) {
    static_cast<void>(gpu_seconds_of(memory.counters, gpus.model));
  }
}

}  // namespace

Reduced reduce(AppMemory previous, const Fleet& fleet, PollTime at, const ReduceOptions& options) {
  const Timestamp now = at.date.value_or(at.ours);
  Reduced result;
  result.memory = std::move(previous);
  AppMemory& memory = result.memory;
  touch_revisions(memory.counters, fleet, now);
  WorkerAccount account(result, new_since(memory, options.memory_time), now);
  book_workers(memory, account, fleet, now, options.memory_time);
  note_last_served(memory.counters, fleet);
  if (!memory.watch_began) {
    memory.watch_began = now;
  }
  if (const std::string_view app_id = newest_app_id(fleet); !app_id.empty()) {
    memory.app_id = app_id;
  }
  if (!fleet.queue_name.empty()) {
    memory.queue_name = fleet.queue_name;
  }
  FleetView view = summarize(fleet, options.collect_workers);
  view.app_id = memory.app_id;
  view.queue_name = memory.queue_name;
  integrate_time(memory, view, now, options.longest_gap);
  memory.last_view = std::make_shared<const FleetView>(std::move(view));
  memory.last_poll = now;
  return result;
}

}  // namespace everai::state
