#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "util/clock.hpp"
#include "util/time.hpp"

namespace everai::state {

/// The clocks at a poll.
struct PollTime {
  std::optional<Timestamp> date;  ///< the platform's: the `Date` of its last answer
  Timestamp ours;                 ///< the wall clock, which may be stepped
  SteadyTime steady;              ///< for durations
};

/// What is known of the platform's clock, from the good polls of an app in this process.
struct PlatformClock {
  std::optional<PollTime> last_poll;         ///< the last good one
  std::chrono::microseconds doubted_step{};  ///< what the latest `Date`s differ from the expected
  std::uint8_t doubted_polls = 0;            ///< how many in a row do so
  bool dates_watch = false;  ///< the begin of the watch was told by the clock as it is now
  std::chrono::microseconds offset{};  ///< ours less the platform's, as times are shown
};

}  // namespace everai::state
