#pragma once

#include "util/clock.hpp"

namespace everai::simulator {

/// Simulated time: runs `factor` times as fast as real time, and can be frozen.
/// Not thread-safe; owned by the Platform.
class SimClock {
 public:
  /// @param factor  above 0
  SimClock(Timestamp start, double factor, bool paused, SteadyTime real_now)
      : factor_(factor), running_(!paused), sim_anchor_(start), real_anchor_(real_now) {}

  [[nodiscard]] Timestamp now(SteadyTime real_now) const {
    if (!running_) {
      return sim_anchor_;
    }
    const std::chrono::duration<double> elapsed = real_now - real_anchor_;
    return sim_anchor_ + std::chrono::duration_cast<std::chrono::microseconds>(elapsed * factor_);
  }

  void pause(SteadyTime real_now) {
    sim_anchor_ = now(real_now);
    running_ = false;
  }

  /// Goes on from where it stood; does nothing if it runs.
  void resume(SteadyTime real_now) {
    sim_anchor_ = now(real_now);
    real_anchor_ = real_now;
    running_ = true;
  }

  [[nodiscard]] bool running() const { return running_; }

 private:
  double factor_;
  bool running_;
  Timestamp sim_anchor_;
  SteadyTime real_anchor_;
};

}  // namespace everai::simulator
