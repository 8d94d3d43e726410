#include "app/signals.hpp"

#include "util/program.hpp"

namespace everai::app {

Signals::Signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGHUP);
  hold_signals();
}

std::optional<int> Signals::wait(std::chrono::milliseconds longest) const {
  if (longest == std::chrono::milliseconds{0}) {
    int signal = 0;
    while (sigwait(&set_, &signal) != 0) {
    }
    return signal;
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  const std::chrono::nanoseconds rest = longest - seconds;
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = rest.count()};
  const int signal = sigtimedwait(&set_, nullptr, &timeout);
  return signal < 0 ? std::nullopt : std::optional(signal);
}

}  // namespace everai::app
