#pragma once

#include <vector>

#include "util/result.hpp"
#include "util/unique_fd.hpp"

namespace everai::app {

/// Takes over the listening sockets that the service manager opened for this process and passed to
/// it, by the protocol of sd_listen_fds(3): LISTEN_PID must be this process, and LISTEN_FDS says
/// how many there are, from descriptor 3 on. They are not inherited further, and do not block. To
/// be called at most once.
/// @return at least one, each a listening TCP socket; kUsage if none was passed to this process, or
///         one is something else.
[[nodiscard]] Result<std::vector<UniqueFd>> take_passed_listeners();

}  // namespace everai::app
