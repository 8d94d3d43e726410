#include "state/platform_clock.hpp"

#include <algorithm>
#include <utility>

namespace everai::state {
namespace {

/// Platform seconds in one of ours, at most; the simulator does 3600.
constexpr double kHighestRate = 10000;

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
    reading = believe(at.date.value_or(at.ours), at.steady);
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
    return believe(told, at.steady);
  }
  believed_at = at.steady;
  return judge(told, remembered, at.ours, at.steady);
}

PlatformClock::Reading PlatformClock::read_next(Timestamp remembered, const PollTime& last,
                                                const PollTime& at) {
  const Timestamp expected =
      remembered + std::chrono::floor<Timestamp::duration>((at.steady - last.steady) * rate);
  if (!at.date && has_date) {
    return {.now = expected,
            .doubted = doubted_polls > 0 ? doubted_step : std::chrono::microseconds{0}};
  }
  const Timestamp told = at.date.value_or(at.ours);
  const bool we_slept =
      at.date && told > expected && is_close(at.ours - last.ours, told - remembered);
  if (we_slept) {
    return believe(told, at.steady);
  }
  if (is_close(told, expected)) {
    // Not all of it at once: a Date that stands still would stop the time, 30 s by 30 s.
    return believe(expected + (told - expected) / 8, at.steady);
  }
  // Without a Date it is our own clock that was stepped, and no second one.
  return judge(told, expected, at.date ? at.ours : expected, at.steady);
}

/// Whether a step is what the doubted one would have grown to if the clock ran faster.
bool PlatformClock::has_grown_to(std::chrono::microseconds step, SteadyTime::duration after) const {
  using Seconds = std::chrono::duration<double>;
  if (step <= std::chrono::microseconds{0} || doubted_after <= SteadyTime::duration{0} ||
      Seconds(step) / after > kHighestRate) {
    return false;
  }
  const Seconds grown = Seconds(doubted_step) * (Seconds(after) / doubted_after);
  return std::chrono::abs(Seconds(step) - grown) <= kClockTolerance;
}

/// @param umpire  a clock that is right if it agrees with either.
PlatformClock::Reading PlatformClock::judge(Timestamp told, Timestamp expected, Timestamp umpire,
                                            SteadyTime at) {
  const std::chrono::microseconds step = told - expected;
  const SteadyTime::duration after = at - believed_at;
  // A time that stands still goes back by as much as passes, and is no step.
  const auto tolerance = std::min<std::chrono::microseconds>(
      kClockTolerance, std::chrono::ceil<std::chrono::microseconds>(after - doubted_after) / 2 +
                           std::chrono::milliseconds{1500});
  const bool same = std::chrono::abs(step - doubted_step) <= tolerance;
  if (doubted_polls == 1) {
    doubted_rate = !same;
  }
  const bool again = doubted_polls > 0 && (doubted_rate ? has_grown_to(step, after) : same);
  doubted_polls = static_cast<std::uint8_t>(again ? doubted_polls + 1 : 1);
  doubted_step = step;
  doubted_after = after;
  const bool is_settled = doubted_polls >= kPollsToBelieve;
  if (is_settled && doubted_rate) {
    rate += std::chrono::duration<double>(step) / after;
    return believe(told, at);
  }
  if (is_settled || is_close(told, umpire)) {
    rate = 1;
    Reading reading = believe(told, at);
    reading.step = step;
    return reading;
  }
  return {.now = expected, .doubted = step};
}

PlatformClock::Reading PlatformClock::believe(Timestamp told, SteadyTime at) {
  doubted_polls = 0;
  believed_at = at;
  return {.now = told};
}

}  // namespace everai::state
