#pragma once

#include "util/clock.hpp"

namespace everai::test {

/// Time that moves only by hand. Both clocks move together. Not thread-safe.
class FakeClock final : public Clock {
 public:
  /// 2024-09-29T09:40:00Z, some minutes after the reference payload's times.
  static constexpr Timestamp kStart{std::chrono::seconds{1727602800}};

  [[nodiscard]] SteadyTime steady_now() const override { return steady_; }
  [[nodiscard]] Timestamp system_now() const override { return system_; }

  void advance(std::chrono::milliseconds by) {
    steady_ += by;
    system_ += by;
  }

 private:
  SteadyTime steady_{std::chrono::hours{1}};
  Timestamp system_{kStart};
};

}  // namespace everai::test
