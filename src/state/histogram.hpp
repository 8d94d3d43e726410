#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace everai::state {

/// Observations counted by bucket. `kBounds` are the buckets' upper bounds, inclusive, ascending;
/// one more bucket takes what is above the last. Equal to another with the same counts and sum.
template <const auto& kBounds>
struct Histogram {
  static constexpr std::size_t kBuckets = kBounds.size() + 1;

  std::array<std::uint64_t, kBuckets> counts{};  ///< not cumulative
  double sum = 0;

  void observe(double value) {
    const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), value);
    ++counts[static_cast<std::size_t>(bucket - kBounds.begin())];
    sum += value;
  }

  bool operator==(const Histogram&) const = default;
};

/// Seconds; for how long a worker takes to start.
inline constexpr std::array<double, 11> kStartBounds{1,  2.5, 5,   10,  15,  30,
                                                     60, 120, 300, 600, 1200};
/// Seconds; for how long a worker lives: a minute to a week.
inline constexpr std::array<double, 9> kLifetimeBounds{60,    300,   900,    3600,  14400,
                                                       43200, 86400, 259200, 604800};

using StartHistogram = Histogram<kStartBounds>;
using LifetimeHistogram = Histogram<kLifetimeBounds>;

}  // namespace everai::state
