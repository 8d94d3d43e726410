#pragma once

#include <chrono>
#include <cstdint>

#include "simulator/random.hpp"
#include "simulator/scenario.hpp"

namespace everai::simulator {

/// The stream of an app's requests. Not thread-safe; owned by its Fleet.
class Traffic {
 public:
  /// @param day_length  of the daily curve; above 0
  Traffic(const Load& load, std::chrono::milliseconds day_length, Random& random);

  /// The number of requests that come in one tick.
  /// @param elapsed  simulated time since the start, never less than in the call before
  [[nodiscard]] std::uint64_t arrivals(std::chrono::microseconds elapsed,
                                       std::chrono::microseconds tick, Random& random);

  /// No more requests come.
  void stop() { stopped_ = true; }

 private:
  [[nodiscard]] double rate_per_second(std::chrono::microseconds elapsed) const;

  Load load_;
  std::chrono::microseconds day_length_;
  std::chrono::microseconds burst_begin_;
  bool stopped_ = false;
};

}  // namespace everai::simulator
