#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "web/status.hpp"

/// Snapshots for the tests of the status page, as of one fixed moment.
namespace everai::web::test {

using namespace std::chrono_literals;

inline const Timestamp kNow{std::chrono::sys_days{std::chrono::year{2024} / 10 / 1} + 12h};
inline const SteadyTime kSteadyNow{1000h};

/// An app that is up, polled 5 s ago, with workers by state in the order of `state::WorkerState`.
inline state::AppSnapshot good_app(std::string name, state::FleetView fleet = {}) {
  state::AppSnapshot app;
  app.app = {"default", std::move(name)};
  app.up = true;
  app.last_success = kNow - 5s;
  app.fresh_until = kSteadyNow + 85s;
  app.next_poll = kSteadyNow + 25s;
  fleet.queue_size = fleet.queue_size.value_or(0);
  app.fleet = std::make_shared<const state::FleetView>(std::move(fleet));
  app.counters = std::make_shared<const state::AppCounters>();
  return app;
}

inline state::FleetView workers(state::WorkerState state, std::uint64_t count) {
  state::FleetView fleet;
  fleet.by_state.at(static_cast<std::size_t>(state)) = count;
  return fleet;
}

inline state::FleetView queue(std::uint64_t size) {
  state::FleetView fleet;
  fleet.queue_size = size;
  return fleet;
}

/// The same app, whose polls fail for `lasting`.
inline state::AppSnapshot failing(state::AppSnapshot app, std::chrono::seconds lasting,
                                  ErrorCode code = ErrorCode::kTimeout) {
  app.up = false;
  app.failure = state::PollFailure{code, "poll failed", kNow - lasting};
  return app;
}

/// The same app, whose history listing has not been read for `lasting`.
inline state::AppSnapshot without_history(state::AppSnapshot app, std::chrono::seconds lasting) {
  app.history = {.up = false,
                 .failure = state::PollFailure{ErrorCode::kTooLarge, "too much", kNow - lasting},
                 .last_success = kNow - lasting - 30s};
  state::FleetView fleet = *app.fleet;
  fleet.history_known = false;
  app.fleet = std::make_shared<const state::FleetView>(std::move(fleet));
  return app;
}

/// The same app, whose last good poll is too long ago.
inline state::AppSnapshot outdated(state::AppSnapshot app, std::chrono::seconds age) {
  app.last_success = kNow - age;
  app.fresh_until = kSteadyNow;
  return app;
}

inline state::AppSnapshot unpolled_app(std::string name) {
  state::AppSnapshot app;
  app.app = {"default", std::move(name)};
  return app;
}

inline Status status_of(const std::vector<state::AppSnapshot>& apps, ConfigState config = {},
                        std::string_view telemetry_path = "/metrics") {
  std::vector<std::shared_ptr<const state::AppSnapshot>> snapshots;
  snapshots.reserve(apps.size());
  for (const state::AppSnapshot& app : apps) {
    snapshots.push_back(std::make_shared<const state::AppSnapshot>(app));
  }
  return make_status({.version = "1.2.3",
                      .started = kNow - 90s,
                      .now = kNow,
                      .steady_now = kSteadyNow,
                      .config = std::move(config),
                      .telemetry_path = telemetry_path,
                      .snapshots = snapshots});
}

}  // namespace everai::web::test
