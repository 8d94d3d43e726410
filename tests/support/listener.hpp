#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <utility>

#include "util/unique_fd.hpp"

namespace everai::test {

/// A connection to a port of 127.0.0.1; none if nobody listens there.
[[nodiscard]] inline UniqueFd connect_to(int port) {
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected =
      ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  return connected ? std::move(client) : UniqueFd();
}

/// A socket that listens on 127.0.0.1, at a free port; its descriptor is out of the way of those
/// that a service manager passes.
class Listener {
 public:
  /// @param type  SOCK_STREAM, and flags. @param listens  false: it is only bound.
  explicit Listener(int type = SOCK_STREAM, bool listens = true)
      : socket_(::fcntl(UniqueFd(::socket(AF_INET, type, 0)).get(), F_DUPFD_CLOEXEC, 100)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    good_ = ::bind(socket_.get(), address, size) == 0 &&
            ::getsockname(socket_.get(), address, &size) == 0 &&
            (!listens || ::listen(socket_.get(), 128) == 0);
  }

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] int fd() const { return socket_.get(); }
  [[nodiscard]] int port() const { return ntohs(address_.sin_port); }
  /// A connection to it.
  [[nodiscard]] UniqueFd connect() const { return connect_to(port()); }
  /// Whether a connection waits to be accepted.
  [[nodiscard]] bool has_pending() const {
    pollfd wanted{.fd = fd(), .events = POLLIN, .revents = 0};
    return ::poll(&wanted, 1, 0) == 1;
  }

 private:
  UniqueFd socket_;
  sockaddr_in address_{};
  bool good_ = false;
};

}  // namespace everai::test
