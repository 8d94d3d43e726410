#include "state/platform_clock.hpp"

#include <algorithm>
#include <utility>

namespace everai::state {
namespace {

bool is_close(std::chrono::microseconds one, std::chrono::microseconds other) {
  return std::chrono::abs(one - other) <= kClockTolerance;
}

bool is_close(Timestamp one, Timestamp other) {
  return is_close(one.time_since_epoch(), other.time_since_epoch());
}

}  // namespace

PlatformClock::Reading PlatformClock::read(std::optional<Timestamp> remembered,
                                           const PollTime& at) {
  const std::optional<PollTime> last = std::exchange(last_poll, at);
  has_date = has_date || at.date;
  Reading reading;
  if (!remembered) {
    reading.now = at.date.value_or(at.ours);
  } else if (!last) {
    reading = read_after_restart(*remembered, at);
  } else {
    reading = read_next(*remembered, *last, at);
  }
  latest = std::max(
      {latest, reading.now, reading.now + reading.doubted, remembered.value_or(Timestamp{})});
  began = last && remembered ? began + reading.step : reading.now;
  const auto measured = std::chrono::round<std::chrono::seconds>(at.ours - reading.now);
  if (!is_close(measured, offset)) {
    offset = is_close(measured, {}) ? std::chrono::microseconds{0} : measured;
  }
  return reading;
}

/// How long ago the earlier process ended is not known: any later time may be right.
PlatformClock::Reading PlatformClock::read_after_restart(Timestamp remembered, const PollTime& at) {
  const Timestamp told = at.date.value_or(at.ours);
  if (told >= remembered - kClockTolerance) {
    return {.now = told};
  }
  return judge(told, remembered, at.ours);
}

PlatformClock::Reading PlatformClock::read_next(Timestamp remembered, const PollTime& last,
                                                const PollTime& at) {
  const Timestamp expected =
      remembered + std::chrono::floor<Timestamp::duration>(at.steady - last.steady);
  if (!at.date && has_date) {
    return {.now = expected,
            .doubted = doubted_polls > 0 ? doubted_step : std::chrono::microseconds{0}};
  }
  const Timestamp told = at.date.value_or(at.ours);
  const bool we_slept =
      at.date && told > expected && is_close(at.ours - last.ours, told - remembered);
  if (we_slept || is_close(told, expected)) {
    doubted_polls = 0;
    return {.now = told};
  }
  // Without a Date it is our own clock that was stepped, and no second one.
  return judge(told, expected, at.date ? at.ours : expected);
}

/// @param umpire  a clock that is right if it agrees with either.
PlatformClock::Reading PlatformClock::judge(Timestamp told, Timestamp expected, Timestamp umpire) {
  const std::chrono::microseconds step = told - expected;
  const bool again = doubted_polls > 0 && is_close(step, doubted_step);
  doubted_polls = static_cast<std::uint8_t>(again ? doubted_polls + 1 : 1);
  doubted_step = step;
  if (doubted_polls < kPollsToBelieve && !is_close(told, umpire)) {
    return {.now = expected, .doubted = step};
  }
  doubted_polls = 0;
  return {.now = told, .step = step};
}

}  // namespace everai::state
