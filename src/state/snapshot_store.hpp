#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "state/snapshot.hpp"

namespace everai::state {

/// The newest snapshot of every app, as the poller published it. Thread-safe.
class SnapshotStore {
 public:
  using Snapshots = std::vector<std::shared_ptr<const AppSnapshot>>;

  /// Puts these in the place of all there are, at once; none may be null.
  void replace(Snapshots snapshots);

  /// Puts `snapshot` in the place of number `index`.
  void publish(std::size_t index, std::shared_ptr<const AppSnapshot> snapshot);

  /// The snapshots in the order of the apps. None is null.
  [[nodiscard]] Snapshots snapshots() const;

  /// Grows with every change: an unchanged version means unchanged snapshots.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  /// True once every app was polled, well or not.
  [[nodiscard]] bool all_polled() const;

 private:
  mutable std::mutex mutex_;
  Snapshots snapshots_;
  std::size_t unpolled_ = 0;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace everai::state
