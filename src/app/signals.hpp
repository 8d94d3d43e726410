#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace everai::app {

/// The signals that the daemon listens to: those of `hold_signals`. Made before the first thread,
/// so that every thread inherits the block and only `wait` ever takes one.
class Signals {
 public:
  Signals();

  /// Waits for a signal. @param longest  zero: for ever.
  /// @return its number; nothing if none came for so long.
  [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds longest) const;

 private:
  sigset_t set_{};
};

}  // namespace everai::app
