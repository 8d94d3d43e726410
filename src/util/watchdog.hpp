#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace everai {

/// Acts when something takes too long that cannot be interrupted, such as a write to a disk that
/// hangs. It has a thread of its own. Thread-safe, but watches one thing at a time.
class Watchdog {
 public:
  /// While it lives, time is running. Must not outlive its watchdog.
  class Watch {
   public:
    explicit Watch(Watchdog& watchdog) : watchdog_(watchdog) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    Watch(Watch&&) = delete;
    Watch& operator=(Watch&&) = delete;
    /// Waits for a call of `overdue` that is under way.
    ~Watch() { watchdog_.end(); }

   private:
    Watchdog& watchdog_;
  };

  Watchdog() = default;
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  Watchdog(Watchdog&&) = delete;
  Watchdog& operator=(Watchdog&&) = delete;
  ~Watchdog() = default;

  /// Calls `overdue` in the watchdog's thread if the watch is not over after `limit`, and again
  /// each time that it then lives for another `reminder`. No other watch may live meanwhile.
  [[nodiscard]] Watch watch(std::chrono::milliseconds limit, std::chrono::milliseconds reminder,
                            std::function<void()> overdue);

 private:
  struct Task {
    std::chrono::steady_clock::time_point due;
    std::chrono::milliseconds reminder;
    std::function<void()> overdue;
  };

  void end();
  void run(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Task> task_;
  bool acting_ = false;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

}  // namespace everai
