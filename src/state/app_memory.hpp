#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/app_counters.hpp"
#include "state/platform_clock.hpp"
#include "state/snapshot.hpp"
#include "util/time.hpp"

namespace everai::state {

/// What is remembered of a worker, so that what is new about it can be told from what was counted.
/// Times are the platform's.
struct WorkerMemory {
  std::string id;
  std::uint64_t success = 0;                              ///< mark: the success count accounted for
  std::uint64_t failed = 0;                               ///< likewise
  std::optional<Timestamp> created_at = std::nullopt;     ///< latest seen
  std::optional<Timestamp> launch_at = std::nullopt;      ///< of the record that set the marks
  std::optional<Timestamp> latest_launch = std::nullopt;  ///< latest seen
  std::optional<Timestamp> last_serve_at = std::nullopt;  ///< of the record that set the marks
  Timestamp last_seen{};                                  ///< when it was last listed
  std::uint64_t lower_success = 0;  ///< counts of the first of the `lower_polls`
  std::uint64_t lower_failed = 0;   ///< likewise
  std::uint8_t stale_polls = 0;     ///< polls in a row that showed a record of an earlier time
  std::uint8_t lower_polls = 0;     ///< polls in a row that showed counts below the marks
  std::uint8_t missing_polls = 0;   ///< polls in a row that did not list it
  bool born_on_watch = false;       ///< created since the watch began
  bool launched = false;            ///< its launch was counted, or happened before the watch
  bool ready = false;               ///< it was seen busy or free
  bool served = false;              ///< it has finished a request
  bool errored = false;             ///< it was seen in STATUS_ERROR since its latest launch
  bool lowered = false;             ///< its marks were lowered since its latest launch
  bool undated = false;             ///< the record that set the marks did not tell its creation
  bool created_ahead = false;       ///< it told a creation too far ahead to be believed
  bool ended = false;               ///< it was seen deleted or terminated, or is taken to be gone

  bool operator==(const WorkerMemory&) const = default;
};

/// What outlives a poll of an app. Times are the platform's.
struct AppMemory {
  /// When the first successful poll was; nothing before it.
  std::optional<Timestamp> watch_began;
  /// For how long successful polls watched it, by the steady clock.
  std::chrono::microseconds watched{};
  /// The latest creation of a worker that was forgotten: none that was created up to then is new.
  std::optional<Timestamp> forgotten_until;
  AppCounters counters;
  std::string app_id;                 ///< last known
  std::string queue_name;             ///< last known
  std::vector<WorkerMemory> workers;  ///< sorted by id

  Timestamp last_poll{};  ///< the last successful one

  // What only this process knows; none of it is in the state file.

  PlatformClock clock = {};
  /// What the last successful poll saw: it is integrated over time.
  std::shared_ptr<const FleetView> last_view = nullptr;
};

}  // namespace everai::state
