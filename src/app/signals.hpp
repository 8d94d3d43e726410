#pragma once

#include <csignal>

namespace everai::app {

/// Makes a write to a peer that has gone an error like any other, not the end of the process.
void ignore_sigpipe();

/// The signals that end the daemon. Made before the first thread, so that every thread inherits the
/// block and only `wait` ever takes one.
class StopSignals {
 public:
  StopSignals();

  /// Waits for SIGINT or SIGTERM. @return its number.
  [[nodiscard]] int wait() const;

 private:
  sigset_t set_{};
};

}  // namespace everai::app
