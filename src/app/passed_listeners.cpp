#include "app/passed_listeners.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace everai::app {
namespace {

/// The first descriptor that is passed.
constexpr int kFirst = 3;
/// More than any service has; keeps the descriptors far from overflow.
constexpr int kMost = 1024;

/// A variable's value as a number that is not negative; nothing if it is none.
std::optional<int> number_in(const char* variable) {
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): never set
  if (value == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = value;
  int number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc{} && rest == text.data() + text.size() && number >= 0;
  return good ? std::optional(number) : std::nullopt;
}

bool has_option(int fd, int option, int wanted) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

bool is_tcp_listener(int fd) {
  return has_option(fd, SO_TYPE, SOCK_STREAM) && has_option(fd, SO_ACCEPTCONN, 1) &&
         (has_option(fd, SO_DOMAIN, AF_INET) || has_option(fd, SO_DOMAIN, AF_INET6));
}

bool set_flags(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

}  // namespace

Result<std::vector<UniqueFd>> take_passed_listeners() {
  const int count = number_in("LISTEN_PID") == ::getpid() ? number_in("LISTEN_FDS").value_or(0) : 0;
  if (count < 1 || count > kMost) {
    return fail(ErrorCode::kUsage, "the service manager has passed no socket to this process");
  }
  std::vector<UniqueFd> listeners;
  for (int fd = kFirst; fd < kFirst + count; ++fd) {
    // What is none is somebody else's: it stays as it is.
    if (!is_tcp_listener(fd) || !set_flags(fd)) {
      return fail(ErrorCode::kUsage, fmt::format("descriptor {} is no listening TCP socket", fd));
    }
    listeners.emplace_back(fd);
  }
  return listeners;
}

}  // namespace everai::app
