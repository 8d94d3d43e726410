#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "util/log.hpp"

namespace everai::app {

/// What holds for a whole run; a reload does not change it.
struct Options {
  std::string state_file;  ///< empty: none
  bool collect_workers = false;
  std::vector<config::ListenAddress> listen;  ///< at least one
  /// Serve on the sockets that the service manager passes, instead of `listen`.
  bool passed_listeners = false;
  std::string telemetry_path = "/metrics";  ///< none of the paths of other handlers
  bool lifecycle = false;                   ///< `POST /-/reload` is answered
  /// How often it is looked whether the configuration file, or one that it names, has changed;
  /// 0: never, else at least a second.
  std::chrono::milliseconds auto_reload_interval{0};
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kLogfmt;
};

}  // namespace everai::app
