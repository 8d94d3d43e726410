#include "state/snapshot_store.hpp"

#include <utility>

namespace everai::state {

SnapshotStore::SnapshotStore(const std::vector<api::AppRef>& apps) : unpolled_(apps.size()) {
  snapshots_.reserve(apps.size());
  for (const api::AppRef& app : apps) {
    AppSnapshot nothing_yet;
    nothing_yet.app = app;
    snapshots_.push_back(std::make_shared<const AppSnapshot>(std::move(nothing_yet)));
  }
}

void SnapshotStore::publish(std::size_t index, std::shared_ptr<const AppSnapshot> snapshot) {
  {
    const std::lock_guard lock(mutex_);
    unpolled_ -= !snapshots_.at(index)->up && snapshot->up ? 1U : 0U;
    snapshots_[index].swap(snapshot);
    version_.fetch_add(1, std::memory_order_release);
  }
  // The old snapshot goes here, outside the lock.
}

std::vector<std::shared_ptr<const AppSnapshot>> SnapshotStore::snapshots() const {
  const std::lock_guard lock(mutex_);
  return snapshots_;
}

bool SnapshotStore::all_polled() const {
  const std::lock_guard lock(mutex_);
  return unpolled_ == 0;
}

}  // namespace everai::state
