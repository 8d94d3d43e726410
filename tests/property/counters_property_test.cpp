// Random histories of a platform and its exporter. EVERAI_PROPERTY_COUNT tells how many are tried,
// EVERAI_PROPERTY_SEED the seed of the first.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "property/trial.hpp"

namespace everai::property {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) {
    return otherwise;
  }
  const std::string_view digits(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
  if (error != std::errc{} || end != digits.end()) {
    ADD_FAILURE() << name << " is no number: " << text;
  }
  return number;
}

std::string report(std::uint64_t seed, const History& history, const Reduce& reduce) {
  const History shortest = shrink(history, [&reduce](const History& each) {
    return try_history(each, reduce).broken.has_value();
  });
  return fmt::format("seed {}: {}\nthe shortest history that breaks it:\n{}", seed,
                     try_history(shortest, reduce).broken.value_or(""), render_history(shortest));
}

TEST(Counters, StayTrueThroughAnyHistory) {
  const std::uint64_t first = number_from_environment("EVERAI_PROPERTY_SEED", 1);
  const std::uint64_t count = number_from_environment("EVERAI_PROPERTY_COUNT", 10000);
  std::uint64_t exact = 0;
  std::uint64_t lives_exact = 0;
  std::uint64_t counted = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const History history = make_history(seed);
    const Verdict verdict = try_history(history, state::reduce);
    if (verdict.broken) {
      FAIL() << report(seed, history, state::reduce);
    }
    exact += verdict.exact ? 1U : 0U;
    lives_exact += verdict.lives_exact ? 1U : 0U;
    counted += verdict.requests > 0 ? 1U : 0U;
  }
  EXPECT_GT(exact * 2, count) << "too little could be known to prove anything";
  EXPECT_GT(lives_exact * 20, count);
  EXPECT_GT(counted * 2, count) << "too little happened to prove anything";
}

/// Forgets a worker as soon as it is not listed.
state::Reduced reduce_forgetfully(state::AppMemory previous, const state::Fleet& fleet,
                                  const state::PollTime& at, const state::ReduceOptions& options) {
  std::erase_if(previous.workers, [&fleet](const state::WorkerMemory& known) {
    return std::none_of(
        fleet.workers.begin(), fleet.workers.end(),
        [&known](const state::FleetWorker& each) { return each.record.id == known.id; });
  });
  return state::reduce(std::move(previous), fleet, at, options);
}

/// Takes lower counts for those of a container that was launched anew.
state::Reduced reduce_credulously(state::AppMemory previous, const state::Fleet& fleet,
                                  const state::PollTime& at, const state::ReduceOptions& options) {
  for (state::WorkerMemory& known : previous.workers) {
    for (const state::FleetWorker& each : fleet.workers) {
      if (each.record.id == known.id && each.record.success_count < known.success) {
        known.success = 0;
        known.failed = 0;
        known.launch_at.reset();
        known.last_serve_at.reset();
      }
    }
  }
  return state::reduce(std::move(previous), fleet, at, options);
}

/// Counts the requests that are listed: their sum falls when a worker goes.
state::Reduced reduce_naively(state::AppMemory previous, const state::Fleet& fleet,
                              const state::PollTime& at, const state::ReduceOptions& options) {
  state::Reduced result = state::reduce(std::move(previous), fleet, at, options);
  result.memory.counters.requests = 0;
  for (const state::FleetWorker& each : fleet.workers) {
    result.memory.counters.requests += each.record.success_count + each.record.failed_count;
  }
  return result;
}

/// What the shortest history looks like that breaks a wrong rule, of the first that does.
History shortest_against(const Reduce& wrong) {
  const auto fails = [&wrong](const History& each) {
    return try_history(each, wrong).broken.has_value();
  };
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const History history = make_history(seed);
    if (fails(history)) {
      return shrink(history, fails);
    }
  }
  ADD_FAILURE() << "no history breaks it";
  return {};
}

void expect_at_most(std::size_t events, const Reduce& wrong) {
  const History shortest = shortest_against(wrong);
  EXPECT_LE(shortest.events.size(), events) << render_history(shortest);
}

// A worker comes, launches, serves, is seen, is left out of a poll, and seen again.
TEST(Shrink, LeavesOnlyWhatMakesAWorkerCountTwice) {
  expect_at_most(8, reduce_forgetfully);
}

// A worker comes, launches, serves, is seen, and seen as it was before.
TEST(Shrink, LeavesOnlyWhatMakesAStaleReadCountTwice) {
  expect_at_most(6, reduce_credulously);
}

// A worker comes, launches and serves before the watch begins.
TEST(Shrink, LeavesOnlyWhatANaiveSumTakesForRequests) {
  expect_at_most(3, reduce_naively);
}

TEST(Shrink, LeavesNothingThatCouldBeLeftOut) {
  const History shortest = shortest_against(reduce_forgetfully);
  for (std::size_t i = 0; i < shortest.events.size(); ++i) {
    History shorter = shortest;
    shorter.events.erase(shorter.events.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(try_history(shorter, reduce_forgetfully).broken) << "without event " << i + 1;
  }
}

}  // namespace
}  // namespace everai::property
