#include "state/fleet.hpp"

#include <algorithm>
#include <string_view>

namespace everai::state {
namespace {

std::vector<const api::Worker*> sorted_by_id(const std::vector<api::Worker>& workers) {
  std::vector<const api::Worker*> sorted;
  sorted.reserve(workers.size());
  for (const api::Worker& worker : workers) {
    sorted.push_back(&worker);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const api::Worker* a, const api::Worker* b) { return a->id < b->id; });
  return sorted;
}

bool lives_on(const api::Worker& record) {
  return !record.deleted_at && record.status != api::WorkerStatus::kTerminated;
}

template <typename T>
std::optional<T> first_of(const std::optional<T>& preferred, const std::optional<T>& other) {
  return preferred ? preferred : other;
}

}  // namespace

Fleet merge_listings(const api::Listing& live, const api::Listing* history) {
  static const api::Listing nothing;
  const api::Listing& other = history == nullptr ? nothing : *history;
  Fleet fleet;
  fleet.with_history = history != nullptr;
  fleet.queue_size = first_of(live.queue_size, other.queue_size);
  fleet.queue_name = live.queue_name.empty() ? other.queue_name : live.queue_name;
  fleet.last_scale_up = first_of(live.last_scale_up, other.last_scale_up);
  fleet.last_scale_down_delete =
      first_of(live.last_scale_down_delete, other.last_scale_down_delete);
  fleet.max_workers = first_of(live.max_workers, other.max_workers);

  const auto now = sorted_by_id(live.workers);
  const auto past = sorted_by_id(other.workers);
  fleet.workers.reserve(now.size() + past.size());
  auto a = now.begin();
  auto b = past.begin();
  while (a != now.end() || b != past.end()) {
    if (b == past.end() || (a != now.end() && (*a)->id < (*b)->id)) {
      fleet.workers.push_back({**a, true, true});
      ++a;
    } else {
      const bool in_both = a != now.end() && (*a)->id == (*b)->id;
      fleet.workers.push_back({**b, in_both || lives_on(**b), in_both});
      a += in_both ? 1 : 0;
      ++b;
    }
  }
  return fleet;
}

}  // namespace everai::state
