#include "util/watchdog.hpp"

#include <utility>

namespace everai {

Watchdog::Watch Watchdog::watch(std::chrono::milliseconds limit, std::chrono::milliseconds reminder,
                                std::function<void()> overdue) {
  {
    const std::lock_guard lock(mutex_);
    task_.emplace(Task{std::chrono::steady_clock::now() + limit, reminder, std::move(overdue)});
  }
  changed_.notify_all();
  return Watch(*this);
}

void Watchdog::end() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !acting_; });
  task_.reset();
}

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!task_) {
      changed_.wait(lock, stop, [this] { return task_.has_value(); });
      continue;
    }
    // The end of a watch does not wake it: that would be for nothing.
    const auto due = task_->due;
    changed_.wait_until(lock, stop, due, [this, due] { return task_ && task_->due != due; });
    if (!task_ || task_->due > std::chrono::steady_clock::now()) {
      continue;
    }
    task_->due += task_->reminder;
    acting_ = true;
    const std::function<void()> overdue = task_->overdue;
    lock.unlock();
    overdue();
    lock.lock();
    acting_ = false;
    changed_.notify_all();
  }
}

}  // namespace everai
