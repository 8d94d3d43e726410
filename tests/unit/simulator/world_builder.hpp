#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "simulator/scenario.hpp"
#include "simulator/world.hpp"

namespace everai::simulator {

inline constexpr Timestamp kStart{std::chrono::seconds{1727602518}};  // 2024-09-29T09:35:18Z

/// A world of a scenario with its three default apps.
inline World make_world(std::string_view scenario, std::uint64_t seed = 1, bool warm = true) {
  Fleets fleets = make_fleets(scenario, {}).value();
  return World({.seed = seed,
                .start = kStart,
                .apps = std::move(fleets.apps),
                .day_length = fleets.day_length,
                .warm = warm});
}

/// Every worker that a fleet knows of, by id.
inline std::map<std::string, Worker> all_workers(const Fleet& fleet) {
  std::map<std::string, Worker> workers;
  for (const Worker& worker : fleet.workers()) {
    workers.emplace(worker.id, worker);
  }
  for (const Worker& worker : fleet.history()) {
    workers.emplace(worker.id, worker);
  }
  return workers;
}

}  // namespace everai::simulator
