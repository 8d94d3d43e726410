#pragma once

#include <httplib.h>

#include <cstddef>
#include <functional>
#include <utility>

#include "util/thread_pool.hpp"

/// It includes cpp-httplib: only for the files that make a server with it.
namespace everai {

/// The library's way to run what it accepts. All threads are there before anything is accepted: the
/// library's own pool ends the process if one of them cannot be started.
class TaskQueue : public httplib::TaskQueue {
  // One version of the library wants to know whether the job was taken.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue({}));

 public:
  /// Throws `std::system_error` if a thread cannot be started.
  explicit TaskQueue(std::size_t threads) : pool_(threads) {}
  Enqueued enqueue(std::function<void()> job) override {
    pool_.run(std::move(job));
    return static_cast<Enqueued>(1);  // a cast of true would be a useless one to newer compilers
  }
  void shutdown() override { pool_.finish(); }

 private:
  ThreadPool pool_;
};

}  // namespace everai
