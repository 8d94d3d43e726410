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
  const std::uint64_t count = number_from_environment("EVERAI_PROPERTY_COUNT", 3000);
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
  EXPECT_GT(lives_exact * 5, count);
  EXPECT_GT(counted * 2, count) << "too little happened to prove anything";
}

}  // namespace
}  // namespace everai::property
