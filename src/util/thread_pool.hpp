#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace everai {

/// A fixed number of threads that run what they are given, first come, first served. Thread-safe.
class ThreadPool {
 public:
  /// Starts all threads. Throws `std::system_error` if one cannot be started; none is left then.
  explicit ThreadPool(std::size_t threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ThreadPool(ThreadPool&&) = delete;
  ThreadPool& operator=(ThreadPool&&) = delete;
  ~ThreadPool() { finish(); }

  void run(std::function<void()> job);

  /// Runs what was given so far, and ends the threads. Nothing must be given any more.
  void finish();

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool finished_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace everai
