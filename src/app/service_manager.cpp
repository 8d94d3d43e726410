#include "app/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "util/log.hpp"
#include "util/unique_fd.hpp"

namespace everai::app {
namespace {

/// How long a message may wait for a manager that does not read.
constexpr timeval kPatience{.tv_sec = 0, .tv_usec = 200'000};

/// @return 0, or the errno of what went wrong.
int send_to(std::string_view path, std::string_view message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return ENAMETOOLONG;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  // An at sign stands for the zero byte of the abstract namespace.
  if (address.sun_path[0] == '@') {
    address.sun_path[0] = '\0';
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // A manager that is busy for a moment is still told; one that does not read holds nothing up.
  if (!socket ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience) != 0) {
    return errno;
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const bool sent = ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                             // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
                             reinterpret_cast<const sockaddr*>(&address), size) >= 0;
  return sent ? 0 : errno;
}

void notify(std::string_view message) {
  const char* path = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): never set
  if (path == nullptr || *path == '\0') {
    return;
  }
  if (const int error = send_to(path, message); error != 0) {
    log::warn("the service manager cannot be told",
              {{"socket", path}, {"error", std::generic_category().message(error)}});
  }
}

}  // namespace

void notify_ready(std::string_view status) {
  notify(fmt::format("READY=1\nSTATUS={}\n", status));
}

void notify_reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n",
                     std::chrono::floor<std::chrono::microseconds>(now).count()));
}

void notify_stopping() {
  notify("STOPPING=1\n");
}

}  // namespace everai::app
