#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

namespace everai::simulator {

/// Durations from `min` to `max`.
struct Range {
  std::chrono::milliseconds min{0};
  std::chrono::milliseconds max{0};
};

/// Random draws that are the same for the same seed on every machine: the standard's engines are
/// specified bit by bit, its distributions are not, so the mapping is done here.
/// Not thread-safe; owned by what draws.
class Random {
 public:
  /// @param stream  makes generators of one seed independent of each other
  Random(std::uint64_t seed, std::uint64_t stream);

  /// A number from 0 to `bound` - 1; `bound` is at least 1.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

  /// True with the given probability.
  [[nodiscard]] bool chance(double probability) { return uniform() < probability; }

  /// A number in [0, 1).
  [[nodiscard]] double uniform();

  [[nodiscard]] std::chrono::microseconds between(Range range);

  /// An id as the platform makes them: 22 characters of base 58.
  [[nodiscard]] std::string id();

  /// A version 4 UUID.
  [[nodiscard]] std::string uuid();

 private:
  std::mt19937_64 engine_;
};

}  // namespace everai::simulator
