#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "api/types.hpp"
#include "simulator/fleet.hpp"
#include "simulator/scenario.hpp"

namespace everai::simulator {

/// Simulated time moves in steps of this.
inline constexpr std::chrono::milliseconds kTick{100};

struct WorldOptions {
  std::uint64_t seed = 1;
  Timestamp start;                          ///< of simulated time
  std::vector<AppProfile> apps;             ///< see make_fleets
  std::chrono::milliseconds day_length{0};  ///< of the daily curve of requests; above 0
  bool warm = true;                         ///< begin with workers that have served already
};

/// A fake platform's apps. It has no clock and does no I/O: what it is at a tick is a function of
/// its options and of the calls made on its fleets, and the same on every machine.
/// Not thread-safe; owned by the Server.
class World {
 public:
  explicit World(WorldOptions options);

  /// Lives up to the last tick that is not after `time`; does nothing for a time in the past.
  void advance_to(Timestamp time);

  /// The time of the last tick.
  [[nodiscard]] Timestamp now() const { return now_; }

  [[nodiscard]] const std::vector<Fleet>& fleets() const { return fleets_; }

  /// The fleet of an app, for as long as the World lives; null if there is no such app.
  [[nodiscard]] Fleet* find(const api::AppRef& app);

  /// Sets faults of one app or of all. @return false, and nothing is set, if there is no such app.
  bool set_faults(const FaultsRequest& request);

  /// No more requests come to any app; those that wait are still served.
  void stop_traffic();

  /// Begins a new revision of every app.
  void begin_revisions();

 private:
  Timestamp now_;
  std::vector<Fleet> fleets_;
};

}  // namespace everai::simulator
