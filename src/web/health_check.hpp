#pragma once

#include <chrono>
#include <string>

#include "config/config.hpp"
#include "util/result.hpp"

namespace everai::web {

/// Where an exporter of this machine that listens there tells of its health. One that listens at
/// every address is asked on the loopback. Pure. Thread-safe.
[[nodiscard]] std::string health_url(const config::ListenAddress& address);

/// Asks an exporter of this machine for its health, past any proxy.
/// @param address  where it was told to listen. @param timeout  of all of it.
/// @return kUsage if the port is 0, which says nothing of where it listens; else why it is not
///         known to be well. The messages begin with the URL.
/// Thread-safe once libcurl is set up, which the first call does.
[[nodiscard]] Result<void> check_health(const config::ListenAddress& address,
                                        std::chrono::milliseconds timeout);

}  // namespace everai::web
