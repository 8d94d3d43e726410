#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "util/time.hpp"

namespace everai::state {

/// What is remembered of a worker, so that its next counts can be told from those already added.
struct WorkerMemory {
  std::string id;
  std::uint64_t success = 0;  ///< high-water mark of its success count
  std::uint64_t failed = 0;   ///< high-water mark of its failure count
  std::optional<Timestamp> launch_at = std::nullopt;
  Timestamp last_seen{};         ///< by our clock
  std::uint8_t stale_polls = 0;  ///< polls in a row that showed less than the marks

  bool operator==(const WorkerMemory&) const = default;
};

/// What outlives a poll of an app: the accumulators behind its counters, and its workers' marks.
struct AppMemory {
  /// The platform's time of the first good poll; nothing before it.
  std::optional<Timestamp> watch_began;
  std::uint64_t requests = 0;         ///< finished requests, good and bad, since the watch began
  std::uint64_t failed = 0;           ///< the failed of them
  std::uint64_t regressions = 0;      ///< stale records seen
  std::string app_id;                 ///< last known
  std::string queue_name;             ///< last known
  std::vector<WorkerMemory> workers;  ///< sorted by id

  bool operator==(const AppMemory&) const = default;
};

}  // namespace everai::state
