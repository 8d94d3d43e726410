#include "util/thread_pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <latch>
#include <system_error>

namespace everai {
namespace {

TEST(ThreadPool, RunsJobsAtTheSameTime) {
  ThreadPool pool(2);
  std::latch both(2);
  for (int i = 0; i < 2; ++i) {
    pool.run([&both] { both.arrive_and_wait(); });
  }
  both.wait();
}

TEST(ThreadPool, RunsWhatItWasGivenBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(1);
    for (int i = 0; i < 100; ++i) {
      pool.run([&done] { ++done; });
    }
  }
  EXPECT_EQ(done, 100);
}

TEST(ThreadPool, ThatCannotHaveAThreadThrows) {
  pthread_attr_t before{};
  ASSERT_EQ(pthread_getattr_default_np(&before), 0);
  pthread_attr_t large{};
  ASSERT_EQ(pthread_getattr_default_np(&large), 0);
  // More than there are addresses.
  ASSERT_EQ(pthread_attr_setstacksize(&large, 1UL << 60U), 0);
  ASSERT_EQ(pthread_setattr_default_np(&large), 0);
  EXPECT_THROW(ThreadPool(16), std::system_error);
  pthread_setattr_default_np(&before);
  pthread_attr_destroy(&large);
  pthread_attr_destroy(&before);
}

}  // namespace
}  // namespace everai
