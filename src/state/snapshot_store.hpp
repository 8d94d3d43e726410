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
  /// Starts with a snapshot of each app that says nothing yet.
  explicit SnapshotStore(const std::vector<api::AppRef>& apps);

  /// Puts `snapshot` in the place of app number `index`.
  void publish(std::size_t index, std::shared_ptr<const AppSnapshot> snapshot);

  /// The snapshots in the order of the apps. Never null.
  [[nodiscard]] std::vector<std::shared_ptr<const AppSnapshot>> snapshots() const;

  /// Grows with every publish: an unchanged version means unchanged snapshots.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  /// True once every app was polled, well or not.
  [[nodiscard]] bool all_polled() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const AppSnapshot>> snapshots_;
  std::size_t unpolled_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace everai::state
