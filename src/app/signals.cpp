#include "app/signals.hpp"

#include <pthread.h>

namespace everai::app {

void ignore_sigpipe() {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

Signals::Signals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
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
