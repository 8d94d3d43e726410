#pragma once

#include <chrono>

#include "util/clock.hpp"

namespace everai::poll {

/// Bounds how many requests are sent in a second: a token bucket that holds a second's worth, or
/// what is taken at a time if that is more. Not thread-safe.
class RequestBudget {
 public:
  /// @param per_second  0.001 to 10,000: far less would be more time than a clock can count.
  explicit RequestBudget(double per_second) { set_rate(per_second); }

  void set_rate(double per_second) {
    spacing_ =
        std::chrono::round<SteadyTime::duration>(std::chrono::duration<double>(1 / per_second));
  }

  /// Takes `requests` from the bucket, in advance if it is empty.
  /// @return when they may be sent: `now`, or later.
  [[nodiscard]] SteadyTime reserve(int requests, SteadyTime now);

 private:
  SteadyTime::duration spacing_{};
  SteadyTime paid_until_;  ///< when the bucket would be full again
};

}  // namespace everai::poll
