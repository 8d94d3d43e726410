#pragma once

#include <chrono>

#include "util/time.hpp"

namespace everai {

using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from: `steady_now` for intervals and deadlines, `system_now` for timestamps.
/// Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  Clock(Clock&&) = delete;
  Clock& operator=(Clock&&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
  [[nodiscard]] virtual Timestamp system_now() const = 0;
};

/// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] Timestamp system_now() const override {
    return std::chrono::floor<Timestamp::duration>(std::chrono::system_clock::now());
  }
};

}  // namespace everai
