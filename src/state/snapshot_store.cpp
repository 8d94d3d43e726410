#include "state/snapshot_store.hpp"

#include <algorithm>
#include <utility>

namespace everai::state {

void SnapshotStore::replace(Snapshots snapshots) {
  const auto unpolled = std::count_if(snapshots.begin(), snapshots.end(),
                                      [](const auto& snapshot) { return !snapshot->up; });
  {
    const std::lock_guard lock(mutex_);
    unpolled_ = static_cast<std::size_t>(unpolled);
    snapshots_.swap(snapshots);
    version_.fetch_add(1, std::memory_order_release);
  }
  // The old snapshots go here, outside the lock.
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

SnapshotStore::Snapshots SnapshotStore::snapshots() const {
  const std::lock_guard lock(mutex_);
  return snapshots_;
}

bool SnapshotStore::all_polled() const {
  const std::lock_guard lock(mutex_);
  return unpolled_ == 0;
}

}  // namespace everai::state
