#include "simulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace everai::simulator {
namespace {

/// Few enough that every app meets each of them, so that a bad host shows in several apps.
constexpr unsigned kDevices = 12;

std::vector<Device> make_devices(std::uint64_t seed) {
  Random random(seed, 0);
  std::vector<Device> devices;
  for (unsigned i = 0; i < kDevices; ++i) {
    // TEST-NET-3: addresses that belong to nobody.
    devices.push_back({.id = random.uuid(), .address = fmt::format("203.0.113.{}", 10 + i)});
  }
  return devices;
}

}  // namespace

World::World(WorldOptions options) : now_(options.start) {
  const std::vector<Device> devices = make_devices(options.seed);
  fleets_.reserve(options.apps.size());
  std::uint64_t stream = 1;
  for (AppProfile& profile : options.apps) {
    fleets_.emplace_back(std::move(profile),
                         FleetSetup{.start = options.start,
                                    .day_length = options.day_length,
                                    .warm = options.warm,
                                    .devices = devices},
                         Random(options.seed, stream++));
  }
}

void World::advance_to(Timestamp time) {
  while (now_ + kTick <= time) {
    now_ += kTick;
    for (Fleet& fleet : fleets_) {
      fleet.step(now_, kTick);
    }
  }
}

Fleet* World::find(const api::AppRef& app) {
  const auto found = std::find_if(fleets_.begin(), fleets_.end(), [&app](const Fleet& fleet) {
    return fleet.profile().app == app;
  });
  return found == fleets_.end() ? nullptr : &*found;
}

bool World::set_faults(const FaultsRequest& request) {
  bool found = false;
  for (Fleet& fleet : fleets_) {
    if (request.app && *request.app != to_string(fleet.profile().app)) {
      continue;
    }
    found = true;
    Faults faults = fleet.faults();
    for (const std::string& assignment : request.assignments) {
      // Its value was found valid when the request was parsed.
      static_cast<void>(set_fault(faults, assignment));
    }
    fleet.set_faults(faults);
  }
  return found;
}

void World::stop_traffic() {
  for (Fleet& fleet : fleets_) {
    fleet.stop_traffic();
  }
}

void World::begin_revisions() {
  for (Fleet& fleet : fleets_) {
    fleet.begin_revision();
  }
}

}  // namespace everai::simulator
