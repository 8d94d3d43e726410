#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "util/clock.hpp"
#include "util/time.hpp"

namespace everai::state {

/// How far two clocks may be apart and still be taken to agree: how much older than the watch a
/// worker that was not there at its begin may say it is, and still be taken as new; and how far
/// ahead of the platform's clock a time may be.
inline constexpr std::chrono::seconds kClockTolerance{30};

/// Polls in a row that must show the same odd thing before it is believed.
inline constexpr std::uint8_t kPollsToBelieve = 3;

/// The clocks at a poll.
struct PollTime {
  std::optional<Timestamp> date;  ///< the platform's: the `Date` of its last answer
  Timestamp ours;                 ///< the wall clock, which may be stepped
  SteadyTime steady;              ///< for durations
};

/// What is known of the platform's clock, from the successful polls of an app in this process.
struct PlatformClock {
  std::optional<PollTime> last_poll;         ///< the last one
  Timestamp began{};                         ///< the platform's time at the first one
  Timestamp latest{};                        ///< the latest time that it told, believed or not
  bool has_date = false;                     ///< an answer had a `Date`
  std::chrono::microseconds doubted_step{};  ///< by how much the latest `Date`s are off
  SteadyTime::duration doubted_after{};      ///< how long after `believed_at` the latest was
  std::uint8_t doubted_polls = 0;            ///< how many in a row are
  bool doubted_rate = false;                 ///< they are off by more and more, as if it ran faster
  SteadyTime believed_at;                    ///< of the last poll whose time was believed
  double rate = 1;                           ///< platform seconds in one of ours
  std::chrono::microseconds offset{};  ///< ours less the platform's, as shown; 0 if they agree

  /// What a poll tells of the platform's time.
  struct Reading {
    Timestamp now;                        ///< as it is taken to be
    std::chrono::microseconds step{};     ///< what times told before by this clock are off
    std::chrono::microseconds doubted{};  ///< such a step that is not believed yet
  };

  /// Takes the clocks at a poll. A `Date` that comes as long after the last one as the steady clock
  /// says is believed. Any other one is a step of the platform's clock, or a wrong answer: it is
  /// believed at once if our wall clock agrees with it, or with how much later it is, as when the
  /// machine slept; else once `kPollsToBelieve` polls in a row agree on it. Until then the steady
  /// clock tells the time. A clock that runs faster, as a simulated one, is followed once three
  /// polls agree on how fast it runs. Without a `Date` our wall clock stands for it.
  /// @param remembered  the platform's time at the last successful poll, of an earlier process too;
  ///                    nothing if there was none.
  Reading read(std::optional<Timestamp> remembered, const PollTime& at);

 private:
  Reading read_after_restart(Timestamp remembered, const PollTime& at);
  Reading read_next(Timestamp remembered, const PollTime& last, const PollTime& at);
  [[nodiscard]] bool has_grown_to(std::chrono::microseconds step, SteadyTime::duration after) const;
  Reading judge(Timestamp told, Timestamp expected, Timestamp umpire, SteadyTime at);
  Reading believe(Timestamp told, SteadyTime at);
};

}  // namespace everai::state
