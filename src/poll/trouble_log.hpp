#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/types.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::poll {

/// What a line of the log says of one app, or of several to which the same happened.
struct TroubleLine {
  enum class Event : std::uint8_t { kFailed, kStillFails, kRecovered };

  Event event = Event::kFailed;
  std::size_t apps = 1;
  std::string names;                       ///< the app's, or of several: "7: a, b and 5 more"
  ErrorCode reason = ErrorCode::kTimeout;  ///< of kRecovered: what it was
  std::string error;                       ///< the latest; of several: of the one named first
  std::uint64_t failed_polls = 0;          ///< since the trouble began; of several: the sum

  bool operator==(const TroubleLine&) const = default;
};

/// Decides what the log says of polls that fail and work again, so that one who reads it knows
/// within seconds what is wrong, and is not drowned by an app that flaps or by many that fail
/// together:
///   - A failure is said if the log does not say already that the app fails for this reason. The
///     same reason is not said again of the app for a minute, then two, and so on up to an hour.
///   - A recovery is said at the second successful poll in a row; if the app relapses, only once
///     it has lasted for a minute, then two, and so on up to an hour.
///   - After an hour without a failure an app begins anew.
///   - What happens to several apps within a second is put together, and said after 8 seconds at
///     the latest: one line each for up to `kSaidSingly` apps, one line for all of them if they are
///     more. Lines of one reason keep a distance of 5 seconds, then 10, up to a minute.
///   - Each hour the failures that go on are said, those that were held back too.
/// The last line that names an app is never older news than one before it. Keeps something of those
/// apps alone that failed within the last two hours. No I/O, no clock of its own: `now` must not go
/// back. Not thread-safe; owned by the poller.
class TroubleLog {
 public:
  static constexpr std::size_t kSaidSingly = 5;

  /// A poll of the app ended.
  void failed(const api::AppRef& app, const Error& error, SteadyTime now);
  void succeeded(const api::AppRef& app, SteadyTime now);

  /// The app is not watched any more: nothing is said of it.
  void forget(const api::AppRef& app);

  /// What is to be said now; to be asked every second or so. Each line is given once.
  [[nodiscard]] std::vector<TroubleLine> due(SteadyTime now);

  /// What waits for more of its kind, for the end of the program.
  [[nodiscard]] std::vector<TroubleLine> rest(SteadyTime now);

 private:
  /// Until when something is not said again.
  struct Pause {
    SteadyTime until;
    std::chrono::minutes length{0};
  };
  struct Trouble {
    std::optional<ErrorCode> said = {};        ///< what the log says of the app; nothing: it works
    std::optional<std::size_t> waits_in = {};  ///< the batch with what was said last
    Error latest = {};
    std::uint64_t failed_polls = 0;  ///< since the trouble began
    bool failed_this_hour = false;   ///< since the last summary
    unsigned good_polls_in_row = 0;
    SteadyTime works_since;             ///< the first of them
    std::chrono::minutes must_last{0};  ///< a recovery, to be said
    std::array<Pause, kPollFailureReasons> pauses = {};
  };
  struct Item {
    ErrorCode reason;
    std::string error;
    std::uint64_t failed_polls;
  };
  using Items = std::map<api::AppRef, Item>;
  /// What waits to be said in one go.
  struct Batch {
    Items items = {};
    SteadyTime first;                         ///< when the first item came
    SteadyTime latest;                        ///< when the latest one did
    std::optional<SteadyTime> taken_at = {};  ///< the last time
    std::chrono::seconds distance{0};         ///< from then to the next time
  };
  static constexpr std::size_t kRecoveries = kPollFailureReasons;

  /// What `trouble.said` is, or was until now.
  void add(std::size_t batch, const api::AppRef& app, Trouble& trouble, SteadyTime now);
  void withdraw_recovery(const api::AppRef& app, Trouble& trouble);
  static void append(TroubleLine::Event event, const Items& items, std::vector<TroubleLine>& lines);
  void take(std::size_t batch, SteadyTime now, std::vector<TroubleLine>& lines);
  void take_summary(SteadyTime now, std::vector<TroubleLine>& lines);

  std::map<api::AppRef, Trouble> troubles_;
  std::array<Batch, kPollFailureReasons + 1> batches_;  ///< failures by reason, then recoveries
  std::optional<SteadyTime> next_summary_;
};

}  // namespace everai::poll
