#include "state/fleet_view.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "state/revisions.hpp"
#include "util/saturating.hpp"

namespace everai::state {
namespace {

constexpr std::uint64_t kMiB = 1024UL * 1024;

/// Sums by name, of which at most `limit` are to be kept: those with the greatest weight.
template <typename Sum>
class CappedSums {
 public:
  CappedSums(std::size_t limit, std::function<std::uint64_t(const Sum&)> weight)
      : limit_(limit), weight_(std::move(weight)) {}

  Sum& operator[](std::string_view name) { return sums_[name]; }

  /// Calls `keep(name, sum)` for those that are kept, by name. @return the others.
  template <typename Keep>
  [[nodiscard]] std::vector<Sum> split(Keep keep) const {
    std::vector<std::pair<std::string_view, Sum>> all(sums_.begin(), sums_.end());
    std::stable_sort(all.begin(), all.end(), [this](const auto& a, const auto& b) {
      return weight_(a.second) > weight_(b.second);
    });
    std::vector<Sum> others;
    while (all.size() > limit_) {
      others.push_back(all.back().second);
      all.pop_back();
    }
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, sum] : all) {
      keep(name, sum);
    }
    return others;
  }

 private:
  std::size_t limit_;
  std::function<std::uint64_t(const Sum&)> weight_;
  std::map<std::string_view, Sum> sums_;
};

using StateCounts = std::array<std::uint64_t, kWorkerStateCount>;

WorkerView worker_view(const api::Worker& record, WorkerState state) {
  return {.id = std::string(record.id),
          .device_id = std::string(record.device_id),
          .revision = std::string(label_value(record.app_revision)),
          .gpu_model =
              gpus_of(record) > 0 ? std::string(label_value(gpu_model_of(record))) : std::string(),
          .state = state,
          .sessions = record.session_number,
          .requests = record.success_count + record.failed_count,
          .failed = record.failed_count,
          .created_at = record.created_at,
          .launch_at = record.launch_at,
          .last_serve_at = record.last_serve_at};
}

void add_worker_view(FleetView& view, const api::Worker& record, WorkerState state) {
  if (view.workers.size() < kMaxWorkerSeries) {
    view.workers.push_back(worker_view(record, state));
  } else {
    ++view.workers_dropped;
  }
}

/// A worker that only the history lists, since it is in error, is not paid for any more.
void add_held(FleetView& view, CappedSums<StateCounts>& gpus, const api::Worker& record,
              std::size_t state) {
  if (const std::uint64_t count = gpus_of(record); count > 0) {
    std::uint64_t& held = gpus[label_value(gpu_model_of(record))][state];
    held = saturating_add(held, count);
  }
  view.cpus = saturating_add(view.cpus, record.cpus);
  view.memory_bytes =
      saturating_add(view.memory_bytes, saturating_multiply(record.memory_mib, kMiB));
}

bool has_other_revisions(const FleetView& view) {
  return view.revisions_dropped > 0;
}

void add_other_revisions(FleetView& view, std::uint64_t count) {
  if (!has_other_revisions(view)) {
    view.by_revision.emplace_back(kOther, 0);
  }
  ++view.revisions_dropped;
  view.by_revision.back().second += count;
}

void add_revision(FleetView& view, const std::string& revision, std::uint64_t count) {
  // "other" stands last, behind the names.
  const auto end = view.by_revision.end() - (has_other_revisions(view) ? 1 : 0);
  const auto place = std::lower_bound(
      view.by_revision.begin(), end, revision,
      [](const auto& each, const std::string& wanted) { return each.first < wanted; });
  if (place != end && place->first == revision) {
    place->second += count;
  } else if (end - view.by_revision.begin() < static_cast<std::ptrdiff_t>(kMaxRevisions)) {
    view.by_revision.emplace(place, revision, count);
  } else {
    add_other_revisions(view, count);
  }
}

}  // namespace

FleetView summarize(const Fleet& fleet, bool collect_workers) {
  FleetView view;
  view.history_known = fleet.with_history;
  view.queue_size = fleet.queue_size;
  view.max_workers = fleet.max_workers;
  view.last_scale_up = fleet.last_scale_up;
  view.last_scale_down_delete = fleet.last_scale_down_delete;
  CappedSums<std::uint64_t> revisions(kMaxRevisions, [](std::uint64_t count) { return count; });
  CappedSums<StateCounts> gpus(kMaxGpuModels, [](const StateCounts& counts) {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) {
      sum = saturating_add(sum, count);
    }
    return sum;
  });
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    ++view.by_status[static_cast<std::size_t>(record.status)];
    ++view.by_detail_status[static_cast<std::size_t>(record.detail_status)];
    if (!listed.present) {
      continue;
    }
    const WorkerState state = worker_state(record.status, record.detail_status);
    const auto at = static_cast<std::size_t>(state);
    ++view.by_state[at];
    ++revisions[label_value(record.app_revision)];
    view.sessions = saturating_add(view.sessions, record.session_number);
    if (listed.live) {
      add_held(view, gpus, record, at);
    }
    if (state == WorkerState::kStarting && record.created_at) {
      view.oldest_starting =
          std::min(view.oldest_starting.value_or(*record.created_at), *record.created_at);
    }
    if (collect_workers) {
      add_worker_view(view, record, state);
    }
  }
  const auto other_revisions = revisions.split([&view](std::string_view name, std::uint64_t count) {
    view.by_revision.emplace_back(name, count);
  });
  view.revisions_dropped = other_revisions.size();
  if (!other_revisions.empty()) {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : other_revisions) {
      sum += count;
    }
    view.by_revision.emplace_back(kOther, sum);
  }
  const auto other_gpus = gpus.split([&view](std::string_view name, const StateCounts& counts) {
    view.gpus.push_back({std::string(name), counts});
  });
  view.gpu_models_dropped = other_gpus.size();
  if (!other_gpus.empty()) {
    GpuHoldings sum{.model = std::string(kOther)};
    for (const StateCounts& counts : other_gpus) {
      std::transform(counts.begin(), counts.end(), sum.by_state.begin(), sum.by_state.begin(),
                     saturating_add);
    }
    view.gpus.push_back(std::move(sum));
  }
  return view;
}

HistorySums sum_history(const Fleet& fleet) {
  HistorySums sums;
  std::map<std::string_view, std::uint64_t> revisions;
  for (const FleetWorker& listed : fleet.workers) {
    const api::Worker& record = listed.record;
    if (listed.live) {
      continue;
    }
    ++sums.by_status[static_cast<std::size_t>(record.status)];
    ++sums.by_detail_status[static_cast<std::size_t>(record.detail_status)];
    if (listed.present) {
      const WorkerState state = worker_state(record.status, record.detail_status);
      ++sums.by_state[static_cast<std::size_t>(state)];
      ++revisions[label_value(record.app_revision)];
    }
  }
  for (const auto& [revision, count] : revisions) {
    if (sums.by_revision.size() < kMaxRevisions) {
      sums.by_revision.emplace_back(revision, count);
    } else {
      sums.other_revisions += count;
    }
  }
  return sums;
}

void add_history(FleetView& view, const HistorySums& history) {
  const auto add = [](auto& sums, const auto& more) {
    std::transform(sums.begin(), sums.end(), more.begin(), sums.begin(), std::plus<>());
  };
  add(view.by_state, history.by_state);
  add(view.by_status, history.by_status);
  add(view.by_detail_status, history.by_detail_status);
  for (const auto& [revision, count] : history.by_revision) {
    add_revision(view, revision, count);
  }
  if (history.other_revisions > 0) {
    add_other_revisions(view, history.other_revisions);
  }
  view.history_known = true;
}

}  // namespace everai::state
