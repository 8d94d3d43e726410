#include "state/platform_clock.hpp"

#include <algorithm>
#include <utility>

namespace everai::state {
namespace {

bool is_close(std::chrono::microseconds one, std::chrono::microseconds other) {
  return std::chrono::abs(one - other) <= kClockTolerance;
}

}  // namespace

PlatformClock::Reading PlatformClock::read(std::optional<Timestamp> remembered,
                                           const PollTime& at) {
  const std::optional<PollTime> last = std::exchange(last_poll, at);
  const bool is_first = !last || !remembered;
  has_date = has_date || at.date;
  Reading reading;
  if (!remembered) {
    reading.now = at.date.value_or(at.ours);
  } else if (!last) {
    // How long ago the earlier process ended is not known.
    reading = judge(at.date.value_or(at.ours), *remembered, true);
  } else {
    const auto passed = std::chrono::floor<Timestamp::duration>(at.steady - last->steady);
    const Timestamp expected = *remembered + passed;
    if (!at.date && has_date) {
      reading.now = expected;
      reading.doubted = doubted_polls > 0 ? doubted_step : std::chrono::microseconds{0};
    } else {
      const Timestamp told = at.date.value_or(at.ours);
      const bool we_slept = at.date && is_close(at.ours - last->ours, told - *remembered);
      reading = judge(told, expected, we_slept);
    }
  }
  latest = std::max(
      {latest, reading.now, reading.now + reading.doubted, remembered.value_or(Timestamp{})});
  began = is_first ? reading.now : began + reading.step;
  const auto measured = std::chrono::round<std::chrono::seconds>(at.ours - reading.now);
  if (!is_close(measured, offset)) {
    offset = is_close(measured, {}) ? std::chrono::microseconds{0} : measured;
  }
  return reading;
}

/// @param may_be_later  it is no step if more time has passed than is expected.
PlatformClock::Reading PlatformClock::judge(Timestamp told, Timestamp expected, bool may_be_later) {
  const std::chrono::microseconds step = told - expected;
  if (is_close(step, {}) || (may_be_later && step > std::chrono::microseconds{0})) {
    doubted_polls = 0;
    return {.now = told};
  }
  const bool again = doubted_polls > 0 && is_close(step, doubted_step);
  doubted_polls = static_cast<std::uint8_t>(again ? doubted_polls + 1 : 1);
  doubted_step = step;
  if (doubted_polls < kPollsToBelieve) {
    return {.now = expected, .doubted = step};
  }
  doubted_polls = 0;
  return {.now = told, .step = step};
}

}  // namespace everai::state
