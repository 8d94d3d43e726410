#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "state/app_counters.hpp"
#include "state/snapshot.hpp"
#include "util/time.hpp"

namespace everai::state {

/// What is remembered of a worker, so that what is new about it can be told from what was counted.
struct WorkerMemory {
  std::string id;
  std::uint64_t success = 0;                              ///< high-water mark of its success count
  std::uint64_t failed = 0;                               ///< high-water mark of its failure count
  std::optional<Timestamp> launch_at = std::nullopt;      ///< latest launch seen
  Timestamp last_seen{};                                  ///< by our clock
  std::optional<Timestamp> last_serve_at = std::nullopt;  ///< of the record that set the marks
  std::uint8_t reset_polls = 0;  ///< polls in a row that showed a reset without a launch
  bool born_on_watch = false;    ///< created since the watch began
  bool launched = false;         ///< its launch was counted, or happened before the watch
  bool ready = false;            ///< it was seen busy or free
  bool served = false;           ///< it has finished a request
  bool errored = false;          ///< it was seen in STATUS_ERROR since its latest launch
  bool ended = false;            ///< it was seen deleted or terminated

  bool operator==(const WorkerMemory&) const = default;
};

/// What outlives a poll of an app.
struct AppMemory {
  /// The platform's time of the first good poll; nothing before it.
  std::optional<Timestamp> watch_began;
  AppCounters counters;
  std::string app_id;                 ///< last known
  std::string queue_name;             ///< last known
  std::vector<WorkerMemory> workers;  ///< sorted by id

  Timestamp last_poll{};  ///< the last good one, by our clock

  /// What the last good poll of this process saw: it is integrated over time. Not kept in the state
  /// file.
  std::shared_ptr<const FleetView> last_view = nullptr;
};

}  // namespace everai::state
