// Whatever can be in memory is read again as it was saved.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "api/listing.hpp"
#include "state/reduce.hpp"
#include "state/saved_state.hpp"
#include "state/saved_state_format.hpp"

namespace everai::state {
namespace {

constexpr int kCases = 2000;
constexpr unsigned kSeed = 20240929;

/// Draws the odd more often than the usual.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  template <typename T, std::size_t kSize>
  const T& one_of(const std::array<T, kSize>& choices) {
    return choices.at(below(kSize));
  }

  std::uint64_t count() {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    constexpr std::array<std::uint64_t, 6> kOdd{0, 1, kMost, kMost - 1, kMost / 2 + 1, 1ULL << 53U};
    return one_in(2) ? one_of(kOdd) : engine_() >> below(64);
  }
  std::uint8_t polls() { return static_cast<std::uint8_t>(below(256)); }
  bool flag() { return one_in(2); }

  Timestamp time() {
    constexpr std::int64_t kLast = kTimeLimit.time_since_epoch().count() - 1;
    constexpr std::array<std::int64_t, 6> kOdd{0, 1, -1, kLast, -kLast, 1727602518362001};
    const std::int64_t any = static_cast<std::int64_t>(engine_()) % kLast;
    return Timestamp{std::chrono::microseconds{one_in(2) ? one_of(kOdd) : any}};
  }
  std::optional<Timestamp> maybe_time() { return one_in(4) ? std::nullopt : std::optional(time()); }

  /// Any bits: what is no number, too.
  double number() {
    return one_in(4) ? static_cast<double>(below(1000)) : std::bit_cast<double>(engine_());
  }

  std::string text() {
    constexpr std::array<std::string_view, 10> kPieces{
        "a", "\"", "\\", "\n", "\xC3\xA9", "\xC3", "\xFF", "\xED\xA0\x80", "\x1F\x7F", "{\"hex\":"};
    std::string text;
    for (std::uint64_t size = below(6); size > 0; --size) {
      text +=
          one_in(3) ? std::string(1, static_cast<char>(below(256))) : std::string(one_of(kPieces));
    }
    return text;
  }
  /// Different ones, sorted.
  std::set<std::string> texts() {
    std::set<std::string> texts;
    for (std::uint64_t size = below(5); size > 0; --size) {
      texts.insert(text());
    }
    return texts;
  }

 private:
  std::mt19937_64 engine_;
};

WorkerMemory any_worker(Dice& dice, const std::string& id) {
  WorkerMemory worker{.id = id};
  for (auto count : {&WorkerMemory::success, &WorkerMemory::failed, &WorkerMemory::lower_success,
                     &WorkerMemory::lower_failed}) {
    worker.*count = dice.count();
  }
  for (auto time : {&WorkerMemory::created_at, &WorkerMemory::launch_at,
                    &WorkerMemory::latest_launch, &WorkerMemory::last_serve_at}) {
    worker.*time = dice.maybe_time();
  }
  worker.last_seen = dice.time();
  worker.stale_polls = dice.polls();
  worker.lower_polls = dice.polls();
  worker.missing_polls = dice.polls();
  for (const auto flag : kSavedFlags) {
    worker.*flag = dice.flag();
  }
  return worker;
}

template <typename SomeHistogram>
void fill(Dice& dice, SomeHistogram& histogram) {
  std::generate(histogram.counts.begin(), histogram.counts.end(), [&dice] { return dice.count(); });
  histogram.sum = dice.number();
}

AppCounters any_counters(Dice& dice) {
  AppCounters counters;
  for (auto count : {&AppCounters::requests, &AppCounters::failed, &AppCounters::regressions,
                     &AppCounters::created, &AppCounters::deleted, &AppCounters::replaced,
                     &AppCounters::never_served, &AppCounters::worker_errors}) {
    counters.*count = dice.count();
  }
  const auto number = [&dice] { return dice.number(); };
  std::generate(counters.worker_seconds.begin(), counters.worker_seconds.end(), number);
  for (const std::string& model : dice.texts()) {
    counters.gpu_seconds.push_back({.model = model});
    auto& by_state = counters.gpu_seconds.back().by_state;
    std::generate(by_state.begin(), by_state.end(), number);
  }
  for (const std::string& revision : dice.texts()) {
    counters.revisions.push_back({revision, dice.count(), dice.count(), dice.time()});
  }
  counters.other_revisions.requests = dice.count();
  counters.other_revisions.failed = dice.count();
  counters.other_revisions.last_present = dice.time();
  fill(dice, counters.launch_duration);
  fill(dice, counters.ready_duration);
  fill(dice, counters.lifetime);
  counters.last_served = dice.maybe_time();
  counters.last_worker_error = dice.maybe_time();
  return counters;
}

AppMemory any_memory(Dice& dice) {
  AppMemory memory;
  memory.watch_began = dice.maybe_time();
  memory.watched = dice.time().time_since_epoch();
  memory.forgotten_until = dice.maybe_time();
  memory.last_poll = dice.time();
  memory.app_id = dice.text();
  memory.queue_name = dice.text();
  memory.counters = any_counters(dice);
  for (const std::string& id : dice.texts()) {
    memory.workers.push_back(any_worker(dice, id));
  }
  return memory;
}

std::string save(const AppKey& key, const AppMemory& memory) {
  const AppLine line{std::make_shared<const std::string>(render_saved_app(key, memory))};
  return render_saved_state({{key, line}}, {});
}

/// Numbers are the same if their bits are: one that is none differs from itself.
bool same(double one, double other) {
  return std::isnan(one) ? std::isnan(other) : one == other;
}

template <typename Numbers>
bool same_numbers(const Numbers& one, const Numbers& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), same);
}

/// Compares the numbers, and puts those of the first into the second, so that all else can be.
template <typename SomeHistogram>
void compare_sums(SomeHistogram& one, SomeHistogram& other) {
  EXPECT_TRUE(same(one.sum, other.sum));
  one.sum = other.sum = 0;
}

void expect_same(AppMemory one, AppMemory other) {
  EXPECT_TRUE(same_numbers(one.counters.worker_seconds, other.counters.worker_seconds));
  one.counters.worker_seconds = other.counters.worker_seconds = {};
  compare_sums(one.counters.launch_duration, other.counters.launch_duration);
  compare_sums(one.counters.ready_duration, other.counters.ready_duration);
  compare_sums(one.counters.lifetime, other.counters.lifetime);
  ASSERT_EQ(one.counters.gpu_seconds.size(), other.counters.gpu_seconds.size());
  for (std::size_t i = 0; i < one.counters.gpu_seconds.size(); ++i) {
    auto& seconds = one.counters.gpu_seconds[i].by_state;
    EXPECT_TRUE(same_numbers(seconds, other.counters.gpu_seconds[i].by_state));
    seconds = other.counters.gpu_seconds[i].by_state = {};
  }
  EXPECT_EQ(one.counters, other.counters);
  EXPECT_EQ(one.workers, other.workers);
  EXPECT_EQ(one.watch_began, other.watch_began);
  EXPECT_EQ(one.watched, other.watched);
  EXPECT_EQ(one.forgotten_until, other.forgotten_until);
  EXPECT_EQ(one.last_poll, other.last_poll);
  EXPECT_EQ(one.app_id, other.app_id);
  EXPECT_EQ(one.queue_name, other.queue_name);
}

/// Saves a memory, and expects it back.
void expect_it_comes_back(const AppKey& key, const AppMemory& memory) {
  const std::string text = save(key, memory);
  const Result<SavedState> state = parse_saved_state(text);
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(state->damage_count, 0U) << state->damages.at(0).reason << "\n" << text;
  ASSERT_EQ(state->apps.size(), 1U);
  EXPECT_EQ(state->apps[0].key, key);
  expect_same(state->apps[0].memory, memory);
  EXPECT_EQ(save(key, state->apps[0].memory), text);
}

TEST(SavedStateProperty, AnyMemoryComesBack) {
  for (unsigned i = 0; i < kCases && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Dice dice(kSeed + i);
    expect_it_comes_back({dice.text(), {dice.text(), dice.text()}}, any_memory(dice));
  }
}

/// A time as the platform may write it.
std::string any_time(Dice& dice) {
  constexpr std::array<std::string_view, 14> kTimes{"2024-09-29T09:35:18.362Z",
                                                    "2024-09-29T09:35:18Z",
                                                    "2024-09-29T09:36:00.999999999Z",
                                                    "2016-12-31T23:59:60Z",
                                                    "9999-12-31T23:59:59-01:00",
                                                    "9999-12-31T23:59:60Z",
                                                    "9999-12-31T23:59:59.999999999Z",
                                                    "9999-12-31T23:59:59.999999-23:59",
                                                    "0001-01-01T00:00:00Z",
                                                    "1970-01-01T00:00:00.000001Z",
                                                    "0000-00-00T00:00:00Z",
                                                    "2024-02-30T00:00:00Z",
                                                    "",
                                                    "soon"};
  return std::string(dice.one_of(kTimes));
}

std::string any_listed_worker(Dice& dice) {
  constexpr std::array<std::string_view, 5> kIds{"9zFtE2", "a", "b\\u0000c", "\\uD83D\\uDE00",
                                                 "\xC3\xA9"};
  constexpr std::array<std::string_view, 5> kStatus{"STATUS_RUNNING", "STATUS_ERROR",
                                                    "STATUS_TERMINATED", "STATUS_PENDING", "odd"};
  constexpr std::array<std::string_view, 4> kDetails{"DETAIL_STATUS_FREE", "DETAIL_STATUS_BUSY",
                                                     "DETAIL_STATUS_REMOVE", "odd"};
  std::string worker = fmt::format(
      R"({{"id":"{}","status":"{}","detailStatus":"{}","successCount":"{}")", dice.one_of(kIds),
      dice.one_of(kStatus), dice.one_of(kDetails), dice.one_in(4) ? dice.count() : dice.below(50));
  for (const std::string_view field : {"createdAt", "deletedAt", "launchAt", "lastServeAt"}) {
    if (!dice.one_in(4)) {
      worker += fmt::format(R"(,"{}":"{}")", field, any_time(dice));
    }
  }
  return worker +
         fmt::format(R"(,"failedCount":{},"gpuModel":"{}","gpuNum":{},"appRevision":"{}"}})",
                     dice.below(9), dice.one_of(kIds), dice.below(9), dice.one_of(kIds));
}

Result<api::Listing> any_listing(Dice& dice) {
  std::string workers;
  for (std::uint64_t size = dice.below(6); size > 0; --size) {
    workers += (workers.empty() ? "" : ",") + any_listed_worker(dice);
  }
  return api::parse_listing(api::PaddedText(
      fmt::format(R"({{"workers":[{}],"queueSize":1,"queueName":"\u2028"}})", workers)));
}

TEST(SavedStateProperty, WhatAnyListingsLeaveComesBack) {
  const AppKey key{"https://a", {"default", "sd"}};
  for (unsigned i = 0; i < kCases && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(fmt::format("case {}", i));
    Dice dice(kSeed + i);
    AppMemory memory;
    Timestamp now{std::chrono::seconds{1727602518}};
    SteadyTime steady;
    for (std::uint64_t polls = 1 + dice.below(6); polls > 0; --polls) {
      const Result<api::Listing> live = any_listing(dice);
      const Result<api::Listing> history = any_listing(dice);
      if (!live || !history) {
        continue;
      }
      now += dice.one_in(4) ? dice.time().time_since_epoch() / 4 : std::chrono::seconds{30};
      steady += dice.one_in(4) ? std::chrono::hours{dice.below(100)} : std::chrono::seconds{30};
      now = std::clamp(now, Timestamp{}, kTimeLimit - std::chrono::hours{1});
      const PollTime at{.date = dice.flag() ? std::optional(now) : std::nullopt,
                        .ours = dice.flag() ? now : Timestamp{std::chrono::seconds{1727602518}},
                        .steady = steady};
      memory = reduce(std::move(memory), merge_listings(*live, dice.flag() ? &*history : nullptr),
                      at, {})
                   .memory;
      expect_it_comes_back(key, memory);
    }
  }
}

}  // namespace
}  // namespace everai::state
