#include "workers/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "state/worker_state.hpp"

namespace everai::workers {
namespace {

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

state::WorkerState state_of(const state::FleetWorker& worker) {
  return state::worker_state(worker.record.status, worker.record.detail_status);
}

}  // namespace

const state::FleetWorker* find_worker(const state::Fleet& fleet, std::string_view id) {
  const auto found =
      std::lower_bound(fleet.workers.begin(), fleet.workers.end(), id,
                       [](const state::FleetWorker& worker, std::string_view wanted) {
                         return worker.record.id < wanted;
                       });
  return found == fleet.workers.end() || found->record.id != id ? nullptr : &*found;
}

Progress judge_new_workers(const std::vector<std::string>& ids, const state::Fleet& fleet,
                           std::vector<std::string>& seen) {
  Progress progress{.wanted = ids.size()};
  std::map<std::string_view, std::size_t> others;
  for (const std::string& id : ids) {
    const state::FleetWorker* worker = find_worker(fleet, id);
    const bool was_seen = contains(seen, id);
    if (worker != nullptr && !was_seen) {
      seen.push_back(id);
    }
    if (worker == nullptr && !was_seen) {
      ++others["not listed yet"];
    } else if (worker == nullptr || !worker->present ||
               state_of(*worker) == state::WorkerState::kError) {
      progress.failed.push_back(id);
    } else if (const state::WorkerState state = state_of(*worker);
               state == state::WorkerState::kBusy || state == state::WorkerState::kFree) {
      ++progress.done;
    } else {
      ++others[to_string(state)];
    }
  }
  for (const auto& [name, count] : others) {
    progress.details += fmt::format("{}{} {}", progress.details.empty() ? "" : ", ", count, name);
  }
  return progress;
}

Progress judge_removal(const std::vector<std::string>& before, std::size_t wanted,
                       const state::Fleet& fleet) {
  const auto is_gone = [&fleet](const std::string& id) {
    const state::FleetWorker* worker = find_worker(fleet, id);
    return worker == nullptr || !worker->present;
  };
  const auto gone = std::count_if(before.begin(), before.end(), is_gone);
  return {.wanted = std::min(wanted, before.size()),
          .done = std::min(static_cast<std::size_t>(gone), wanted)};
}

std::vector<std::string> present_ids(const state::Fleet& fleet) {
  std::vector<std::string> ids;
  for (const state::FleetWorker& worker : fleet.workers) {
    if (worker.present) {
      ids.emplace_back(worker.record.id);
    }
  }
  return ids;
}

}  // namespace everai::workers
