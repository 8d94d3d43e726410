// The watchdog's thread, with short times.

#include "util/watchdog.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace everai {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Watchdog, ActsWhenItTakesTooLong) {
  Watchdog watchdog;
  std::promise<void> acted;
  const auto begin = std::chrono::steady_clock::now();
  const auto watch = watchdog.watch(milliseconds{20}, hours{1}, [&acted] { acted.set_value(); });
  EXPECT_EQ(acted.get_future().wait_for(seconds{10}), std::future_status::ready);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{20});
}

TEST(Watchdog, RemindsAsLongAsItTakes) {
  Watchdog watchdog;
  std::atomic<int> calls = 0;
  std::promise<void> third;
  const auto watch = watchdog.watch(milliseconds{1}, milliseconds{1}, [&calls, &third] {
    if (++calls == 3) {
      third.set_value();
    }
  });
  EXPECT_EQ(third.get_future().wait_for(seconds{10}), std::future_status::ready);
}

TEST(Watchdog, KeepsSilentAboutWhatIsOver) {
  Watchdog watchdog;
  std::atomic<int> early = 0;
  for (int i = 0; i < 100; ++i) {
    const auto watch = watchdog.watch(hours{1}, hours{1}, [&early] { ++early; });
  }
  std::promise<void> acted;
  const auto watch = watchdog.watch(milliseconds{1}, hours{1}, [&acted] { acted.set_value(); });
  EXPECT_EQ(acted.get_future().wait_for(seconds{10}), std::future_status::ready)
      << "it still waits for an earlier one";
  EXPECT_EQ(early, 0);
}

TEST(Watchdog, IsDoneWithItOnceTheWatchIsOver) {
  Watchdog watchdog;
  for (int i = 0; i < 200; ++i) {
    std::atomic<bool> over = false;
    std::atomic<bool> late = false;
    {
      const auto watch =
          watchdog.watch(milliseconds{0}, milliseconds{1}, [&over, &late] { late = late || over; });
    }
    over = true;
    EXPECT_FALSE(late);
  }
}

}  // namespace
}  // namespace everai
