#include "app/signals.hpp"

#include <pthread.h>

namespace everai::app {

void ignore_sigpipe() {
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

StopSignals::StopSignals() {
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int StopSignals::wait() const {
  int signal = 0;
  while (sigwait(&set_, &signal) != 0) {
  }
  return signal;
}

}  // namespace everai::app
