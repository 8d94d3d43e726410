#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace everai::property {

enum class EventKind : std::uint8_t {
  kCreate,             ///< a worker comes, by its own word `seconds` later than it does
  kLaunch,             ///< its container starts
  kServe,              ///< it finishes requests
  kRelaunch,           ///< its container starts anew and counts from 0
  kError,              ///< it enters STATUS_ERROR, until it is relaunched
  kDelete,             ///< it goes for good
  kRecreate,           ///< another worker comes, with the id of one that went
  kReset,              ///< it counts from 0 again, and nothing tells
  kHide,               ///< the live listing leaves it out
  kVanish,             ///< both listings leave it out
  kShow,               ///< it is listed again
  kPass,               ///< `seconds` pass
  kStepPlatformClock,  ///< the platform's clock, which stamps all its times, goes `seconds` ahead
  kStepOurClock,       ///< so does the exporter's wall clock
  kSetMemory,          ///< the exporter asks for the deleted of so many `seconds`
  kPoll,               ///< the exporter polls
  kFailedPoll,         ///< it tries to
  kTakeOut,            ///< the app is taken out of the configuration
  kPutBack,            ///< it is put back
  kMove,       ///< the app of the same name on the other of two platforms is polled from now on
  kRestart,    ///< it ends and starts anew, with its state file
  kCrash,      ///< it is killed and started anew, with the state file as it was last written
  kLoseState,  ///< it is killed, and started anew without what it had written
};

/// What is odd about the answers to a poll; nothing by default. The ages count events.
struct Answer {
  std::uint64_t live_age = 0;     ///< how far back the live listing reads
  std::uint64_t history_age = 0;  ///< how far back the history listing reads
  bool shuffled = false;          ///< the workers stand in reverse order
  bool duplicated = false;        ///< an earlier record of each worker stands before the right one
  bool no_last_serve = false;     ///< `lastServeAt` is left out
  bool no_launch = false;         ///< `launchAt` is
  bool no_deleted = false;        ///< `deletedAt` is
  bool no_created = false;        ///< `createdAt` is
  bool no_status = false;         ///< `status` is
  bool cut_digits = false;        ///< times have no fraction
  bool no_history = false;        ///< the history listing cannot be had
  bool no_date = false;           ///< the answers have no `Date`
  std::chrono::seconds date_error{};  ///< how far ahead the `Date` is
};

struct Event {
  EventKind kind{};
  std::uint64_t worker = 0;        ///< of the kinds up to kShow; 0 otherwise
  std::chrono::seconds seconds{};  ///< of kCreate, kPass, kSetMemory and the steps of clocks
  std::uint64_t success = 0;       ///< of kServe
  std::uint64_t failed = 0;        ///< of kServe
  bool unsaved = false;            ///< of kPoll: the state file is not written after it
  Answer answer{};                 ///< of kPoll
};

/// What happens to an app and its exporter, one event a second. An event that cannot happen, such
/// as a launch of a worker that is not there, does not; so each part of a history is one too.
struct History {
  std::chrono::seconds our_lead{};  ///< how far the exporter's clock is ahead of the platform's
  bool timeless = false;            ///< the platform tells neither launches nor servings
  std::vector<Event> events;
};

/// A random history, the same for the same seed on every machine. Answers leave `launchAt` out only
/// where no container is ever relaunched.
[[nodiscard]] History make_history(std::uint64_t seed);

/// Whether the platform always told all it had, and the exporter always found its state file.
[[nodiscard]] bool is_without_faults(const History& history);

/// Whether the platform's clock is ever stepped.
[[nodiscard]] bool steps_platform_clock(const History& history);

/// One event a line, for people.
[[nodiscard]] std::string render_history(const History& history);

}  // namespace everai::property
