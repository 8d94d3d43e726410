#include "simulator/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

/// An app as it is whatever the scenario.
struct Kind {
  std::string_view app_namespace;
  std::string_view name;
  Hardware hardware;
  AutoscalerRules rules;
  bool tells_max_workers;
  std::uint64_t start_workers;
  double low_per_second;
  double peak_per_second;
  double day_offset;
  Range service_time;
  double failure_share;
  double session_share;
};

// The service times and peaks keep a fleet that is scaled well below its max_workers.
constexpr std::array<Kind, 3> kKinds{{
    {.app_namespace = "default",
     .name = "sd",
     .hardware = {.gpu_model = "NVIDIA A100 80GB", .gpus = 1, .cpus = 8, .memory_mib = 32768},
     .rules = {.kind = AutoscalerKind::kMinFreeWorkers,
               .min_workers = 1,
               .max_workers = 12,
               .min_free_workers = 1,
               .scale_up_step = 2},
     .tells_max_workers = true,
     .start_workers = 4,
     .low_per_second = 0.5,
     .peak_per_second = 1.8,
     .day_offset = 0.2,
     .service_time = {1500ms, 6s},
     .failure_share = 0.01,
     .session_share = 0},
    {.app_namespace = "default",
     .name = "llm",
     .hardware = {.gpu_model = "NVIDIA H100 80GB", .gpus = 2, .cpus = 16, .memory_mib = 131072},
     .rules = {.kind = AutoscalerKind::kMaxQueueSize,
               .min_workers = 2,
               .max_workers = 16,
               .max_queue_size = 4,
               .scale_up_step = 2},
     .tells_max_workers = true,
     .start_workers = 6,
     .low_per_second = 0.5,
     .peak_per_second = 1.7,
     .day_offset = 0.35,
     .service_time = {2s, 11s},
     .failure_share = 0.02,
     .session_share = 0.1},
    {.app_namespace = "team-b",
     .name = "whisper",
     .hardware = {.gpu_model = "NVIDIA RTX 4090", .gpus = 1, .cpus = 4, .memory_mib = 16384},
     .rules = {.kind = AutoscalerKind::kManual, .min_workers = 5, .max_workers = 10},
     .tells_max_workers = false,
     .start_workers = 5,
     .low_per_second = 0.4,
     .peak_per_second = 1.4,
     .day_offset = 0.6,
     .service_time = {1s, 4s},
     .failure_share = 0.005,
     .session_share = 0.05},
}};

/// What a scenario adds to the kinds of app.
struct Scenario {
  std::string_view name;
  std::chrono::milliseconds day_length;
  bool asleep;  ///< no requests, no workers, nothing that would start one
  std::chrono::milliseconds max_idle_time;
  double burst_factor;
  Range burst_gap;
  std::chrono::milliseconds burst_length;
  Life life;
  Faults faults{};
};

constexpr Scenario kChurn{.name = "churn",
                          .day_length = 5min,
                          .asleep = false,
                          .max_idle_time = 8s,
                          .burst_factor = 3,
                          .burst_gap = {20s, 60s},
                          .burst_length = 8s,
                          .life = {.start_time = {1s, 4s},
                                   .slow_start_time = {15s, 40s},
                                   .slow_start_share = 0.02,
                                   .start_failure_share = 0.04,
                                   .error_gap = 8min,
                                   .outage_gap = 5min,
                                   .outage_time = {5s, 20s},
                                   .rollout_gap = 90s}};

/// Churn, told by a platform that says nothing wrong, but nothing twice in the same way.
constexpr Scenario make_hostile() {
  Scenario hostile = kChurn;
  hostile.name = "hostile";
  hostile.faults = {.relaunch = 4min,
                    .flash = 20s,
                    .bad_devices = 0.15,
                    .stale_read = 0.1,
                    .omit = 0.1,
                    .reorder = 0.5,
                    .strings = 0.3,
                    .unknown_enum = 0.05,
                    .unknown_field = 0.2,
                    .null = 0.2,
                    .duplicate = 0.05};
  return hostile;
}

constexpr std::array<Scenario, 5> kScenarios{{
    {.name = "steady",
     .day_length = 24h,
     .asleep = false,
     .max_idle_time = 5min,
     .burst_factor = 1.5,
     .burst_gap = {10min, 30min},
     .burst_length = 30s,
     .life = {.start_time = {4s, 10s},
              .slow_start_time = {30s, 60s},
              .slow_start_share = 0.01,
              .start_failure_share = 0.005,
              .error_gap = 6h,
              .outage_gap = 8h,
              .outage_time = {10s, 60s},
              .rollout_gap = 4h}},
    kChurn,
    {.name = "demo",
     .day_length = 10min,
     .asleep = false,
     .max_idle_time = 20s,
     .burst_factor = 2.5,
     .burst_gap = {30s, 90s},
     .burst_length = 12s,
     .life = {.start_time = {2s, 6s},
              .slow_start_time = {20s, 40s},
              .slow_start_share = 0.01,
              .start_failure_share = 0.01,
              .error_gap = 30min,
              .outage_gap = 15min,
              .outage_time = {5s, 20s},
              .rollout_gap = 3min}},
    {.name = "idle",
     .day_length = 24h,
     .asleep = true,
     .max_idle_time = 1min,
     .burst_factor = 1,
     .burst_gap = {1h, 1h},
     .burst_length = 0s,
     .life = {.start_time = {4s, 10s}}},
    make_hostile(),
}};

AppProfile make_profile(const Kind& kind, const Scenario& scenario, api::AppRef app) {
  AppProfile profile{.app = std::move(app),
                     .hardware = kind.hardware,
                     .rules = kind.rules,
                     .tells_max_workers = kind.tells_max_workers,
                     .start_workers = kind.start_workers,
                     .load = {.low_per_second = kind.low_per_second,
                              .peak_per_second = kind.peak_per_second,
                              .day_offset = kind.day_offset,
                              .burst_factor = scenario.burst_factor,
                              .burst_gap = scenario.burst_gap,
                              .burst_length = scenario.burst_length,
                              .service_time = kind.service_time,
                              .failure_share = kind.failure_share,
                              .session_share = kind.session_share},
                     .life = scenario.life,
                     .faults = scenario.faults};
  profile.rules.max_idle_time = scenario.max_idle_time;
  if (scenario.asleep) {
    profile.start_workers = 0;
    profile.rules.min_workers = 0;
    profile.rules.min_free_workers = 0;
    profile.load.low_per_second = 0;
    profile.load.peak_per_second = 0;
  }
  return profile;
}

}  // namespace

std::string scenario_names() {
  std::string names;
  for (const Scenario& scenario : kScenarios) {
    names += names.empty() ? "" : ", ";
    names += scenario.name;
  }
  return names;
}

Result<Fleets> make_fleets(std::string_view scenario, const std::vector<api::AppRef>& apps) {
  const auto* const found =
      std::find_if(kScenarios.begin(), kScenarios.end(),
                   [scenario](const Scenario& row) { return row.name == scenario; });
  if (found == kScenarios.end()) {
    return fail(ErrorCode::kUsage, fmt::format("there is no scenario '{}'; there are {}",
                                               scenario.substr(0, 40), scenario_names()));
  }
  Fleets fleets{.apps = {}, .day_length = found->day_length};
  if (apps.empty()) {
    for (const Kind& kind : kKinds) {
      fleets.apps.push_back(
          make_profile(kind, *found, {std::string(kind.app_namespace), std::string(kind.name)}));
    }
  }
  for (std::size_t i = 0; i < apps.size(); ++i) {
    fleets.apps.push_back(make_profile(kKinds[i % kKinds.size()], *found, apps[i]));
  }
  return fleets;
}

}  // namespace everai::simulator
