#pragma once

#include <limits>
#include <string>
#include <vector>

#include "state/app_memory.hpp"
#include "state/device_errors.hpp"

namespace everai::test {

/// A time with microseconds in it.
[[nodiscard]] inline Timestamp time_at(int minutes) {
  return Timestamp{std::chrono::microseconds{1727602518362001}} + std::chrono::minutes{minutes};
}

/// A memory in which no field is as in an empty one: two workers that differ in everything, foreign
/// letters, huge counts, and doubles that no short text holds.
[[nodiscard]] inline state::AppMemory rich_memory() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  state::AppMemory memory;
  memory.watch_began = time_at(0);
  memory.last_poll = time_at(10);
  memory.app_id = "a1";
  memory.queue_name = "q/\t1";
  memory.watched = std::chrono::microseconds{600000001};
  memory.forgotten_until = time_at(-5);
  memory.workers = {{.id = "\"\\\n\xC3\xA9",
                     .success = kMost,
                     .failed = kMost - 1,
                     .created_at = time_at(-2),
                     .latest_launch = time_at(2),
                     .last_seen = time_at(8),
                     .lower_success = kMost - 2,
                     .lower_failed = 5,
                     .stale_polls = 3,
                     .lower_polls = 255,
                     .launched = true,
                     .served = true,
                     .ended = true},
                    {.id = "9zFtE2",
                     .success = 7,
                     .failed = 2,
                     .launch_at = time_at(1),
                     .last_serve_at = time_at(7),
                     .last_seen = time_at(9),
                     .lower_polls = 2,
                     .missing_polls = 1,
                     .born_on_watch = true,
                     .ready = true,
                     .errored = true}};
  state::AppCounters& counters = memory.counters;
  counters.requests = 1;
  counters.failed = 2;
  counters.regressions = 3;
  counters.created = 4;
  counters.deleted = 5;
  counters.replaced = 6;
  counters.never_served = 7;
  counters.worker_errors = kMost;
  counters.worker_seconds = {0.1,
                             1.0 / 3,
                             1e-300,
                             1.7976931348623157e308,
                             9007199254740993.0,
                             1e17,
                             12345678901234567890.0,
                             5e-324};
  counters.gpu_seconds = {{"A100", {0.7}}, {"H100", {0, 2.0 / 3}}};
  counters.revisions = {{"r1", 10, 1, time_at(2)}, {"r2", 20, 2, time_at(3)}};
  counters.other_revisions.requests = 30;
  counters.other_revisions.failed = 3;
  counters.other_revisions.last_present = time_at(4);
  for (const double value : {0.1, 7.7, 5000.3}) {
    counters.launch_duration.observe(value);
    counters.ready_duration.observe(value * 2);
    counters.lifetime.observe(value * 100);
  }
  counters.last_served = time_at(5);
  counters.last_worker_error = time_at(6);
  return memory;
}

[[nodiscard]] inline state::DeviceErrors rich_device_errors() {
  return {.devices = {{"host-b", 3}, {"host \"a\"", 1}, {"", 2}}, .other = 4};
}

}  // namespace everai::test
