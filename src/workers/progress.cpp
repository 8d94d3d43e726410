#include "workers/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "state/worker_state.hpp"

namespace everai::workers {
namespace {

constexpr std::string_view kEnded = "ended";
constexpr std::string_view kGone = "gone";
constexpr std::string_view kMissing = "missing";
constexpr std::string_view kNotListed = "not_listed";

bool is_one_of(std::string_view state, std::initializer_list<state::WorkerState> states) {
  return std::any_of(states.begin(), states.end(),
                     [state](state::WorkerState each) { return state == to_string(each); });
}

bool has_left(std::string_view state) {
  return state == kEnded || state == kGone;
}

}  // namespace

std::string render_progress(const Progress& progress, std::string_view meaning) {
  std::map<std::string_view, std::size_t> others;
  for (const SeenWorker& worker : progress.workers) {
    ++others[worker.state];
  }
  // Those are told already.
  for (const std::string_view told :
       {to_string(state::WorkerState::kBusy), to_string(state::WorkerState::kFree)}) {
    others.erase(told);
  }
  std::string text = fmt::format("{} of {} {}", progress.done, progress.wanted, meaning);
  for (const auto& [state, count] : others) {
    if (!(meaning == "gone" && has_left(state))) {
      std::string words(state);
      std::replace(words.begin(), words.end(), '_', ' ');
      text += fmt::format(", {} {}", count, words);
    }
  }
  return text;
}

const state::FleetWorker* find_worker(const state::Fleet& fleet, std::string_view id) {
  const auto found =
      std::lower_bound(fleet.workers.begin(), fleet.workers.end(), id,
                       [](const state::FleetWorker& worker, std::string_view wanted) {
                         return worker.record.id < wanted;
                       });
  return found == fleet.workers.end() || found->record.id != id ? nullptr : &*found;
}

std::string_view Presence::see(const Look& look, const std::string& id) {
  Sight& sight = sights_[id];
  if (const state::FleetWorker* worker = find_worker(look.fleet, id); worker != nullptr) {
    sight = {.listed = true, .missing = 0};
    return worker->present
               ? to_string(state::worker_state(worker->record.status, worker->record.detail_status))
               : kEnded;
  }
  if (!sight.listed) {
    return kNotListed;
  }
  if (look.is_complete() && sight.missing < kLooksWithoutWorker) {
    ++sight.missing;
  }
  return sight.missing == kLooksWithoutWorker ? kGone : kMissing;
}

Progress NewWorkers::see(const Look& look) {
  using state::WorkerState;
  Progress progress{.wanted = ids_.size()};
  for (const std::string& id : ids_) {
    SeenWorker worker{.id = id, .state = presence_.see(look, id)};
    if (worker.state == kEnded &&
        find_worker(look.fleet, id)->record.status == api::WorkerStatus::kError) {
      worker.state = to_string(WorkerState::kError);
    }
    worker.failed = has_left(worker.state) ||
                    is_one_of(worker.state, {WorkerState::kError, WorkerState::kRemoving});
    progress.failed += worker.failed ? 1U : 0U;
    progress.done += is_one_of(worker.state, {WorkerState::kBusy, WorkerState::kFree}) ? 1U : 0U;
    progress.workers.push_back(std::move(worker));
  }
  return progress;
}

Progress LeavingWorkers::see(const Look& look) {
  Progress progress{.wanted = wanted_};
  std::size_t left = 0;
  for (const std::string& id : ids_) {
    const std::string_view state = presence_.see(look, id);
    const bool is_leaving =
        has_left(state) || state == kMissing || is_one_of(state, {state::WorkerState::kRemoving});
    left += has_left(state) ? 1U : 0U;
    if (is_leaving || wanted_ >= ids_.size()) {
      progress.workers.push_back({.id = id, .state = state});
    }
  }
  progress.done = std::min(left, wanted_);
  progress.failed = left == ids_.size() ? wanted_ - progress.done : 0;
  return progress;
}

}  // namespace everai::workers
