#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "simulator/autoscaler.hpp"
#include "simulator/faults.hpp"
#include "simulator/random.hpp"

namespace everai::simulator {

/// The resources of each worker of an app.
struct Hardware {
  std::string_view gpu_model;
  std::uint64_t gpus = 0;
  std::uint64_t cpus = 0;
  std::uint64_t memory_mib = 0;
};

/// The requests of an app: a daily curve between two rates, and bursts on top of it.
struct Load {
  double low_per_second = 0;
  double peak_per_second = 0;
  double day_offset = 0;  ///< where in its day the app starts, 0 (the low) to 1
  double burst_factor = 1;
  Range burst_gap{};
  std::chrono::milliseconds burst_length{0};
  Range service_time{};
  double failure_share = 0;  ///< of the requests that run to their end
  double session_share = 0;  ///< of the served requests that open a session
};

/// What befalls the workers of an app. A gap of 0 means never.
struct Life {
  Range start_time{};  ///< created until launched
  Range slow_start_time{};
  double slow_start_share = 0;
  double start_failure_share = 0;
  std::chrono::milliseconds error_gap{0};   ///< mean time of a worker until it errors
  std::chrono::milliseconds outage_gap{0};  ///< mean time until it is unavailable for a while
  Range outage_time{};
  std::chrono::milliseconds rollout_gap{0};  ///< between two new revisions, give or take a quarter
};

/// One simulated app.
struct AppProfile {
  api::AppRef app;
  Hardware hardware;
  AutoscalerRules rules;
  bool tells_max_workers = true;    ///< whether the listing has `maxWorkers`
  std::uint64_t start_workers = 0;  ///< workers that run and have served before time 0
  Load load;
  Life life;
  Faults faults;
};

/// What a scenario's name stands for.
struct Fleets {
  std::vector<AppProfile> apps;
  std::chrono::milliseconds day_length{0};
};

/// The names that `make_fleets` knows, as a help text lists them: "steady, churn, ...".
[[nodiscard]] std::string scenario_names();

/// Makes the apps of a scenario.
/// @param apps  their names; with none: default/sd, default/llm, team-b/whisper. More than three
///              share the three kinds of app in turn.
/// @return kUsage if there is no scenario of that name.
/// Pure. Thread-safe.
[[nodiscard]] Result<Fleets> make_fleets(std::string_view scenario,
                                         const std::vector<api::AppRef>& apps);

}  // namespace everai::simulator
