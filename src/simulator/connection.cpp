#include "simulator/connection.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

namespace everai::simulator {
namespace {

struct End {
  std::string address;
  std::string port;
};

/// @param ask  getpeername or getsockname. @return nothing if the descriptor has no such end.
std::optional<End> end_of(int descriptor, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the system takes addresses
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  socklen_t size = sizeof(storage);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (ask(descriptor, address, &size) != 0 ||
      ::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return std::nullopt;
  }
  return End{host.data(), port.data()};
}

/// The server's library shows the descriptors of its connections to nobody.
std::optional<int> find_connection(const ConnectionEnds& ends) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    const auto remote = end_of(descriptor, &::getpeername);
    const auto local = remote ? end_of(descriptor, &::getsockname) : std::nullopt;
    if (local && local->port == std::to_string(ends.local_port) &&
        remote->port == std::to_string(ends.remote_port) &&
        remote->address == ends.remote_address) {
      return descriptor;
    }
  }
  return std::nullopt;
}

}  // namespace

bool end_connection(const ConnectionEnds& ends, ConnectionEnd how) {
  const std::optional<int> descriptor = find_connection(ends);
  if (!descriptor) {
    return false;
  }
  if (how == ConnectionEnd::kClosed) {
    return ::shutdown(*descriptor, SHUT_RDWR) == 0;
  }
  // Linux aborts a TCP connection that is connected to nowhere.
  const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
  return ::connect(*descriptor, &nowhere, sizeof(nowhere)) == 0;
}

}  // namespace everai::simulator
