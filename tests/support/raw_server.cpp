#include "support/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace everai::test {

bool RawConnection::wait_for(short events, int timeout_ms) const {
  std::array<pollfd, 2> fds{pollfd{socket_, events, 0}, pollfd{stop_, POLLIN, 0}};
  return poll(fds.data(), fds.size(), timeout_ms) > 0 && fds[1].revents == 0;
}

std::string RawConnection::read_head() const {
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos && wait_for(POLLIN, -1)) {
    std::array<char, 4096> piece{};
    const ssize_t count = recv(socket_, piece.data(), piece.size(), 0);
    if (count <= 0) {
      break;
    }
    head.append(piece.data(), static_cast<std::size_t>(count));
  }
  return head;
}

bool RawConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    if (!wait_for(POLLOUT, -1)) {
      return false;
    }
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) {
      return false;
    }
    bytes.remove_prefix(count < 0 ? 0U : static_cast<std::size_t>(count));
  }
  return true;
}

void RawConnection::linger(std::chrono::milliseconds time) const {
  // POLLRDHUP alone: bytes that come meanwhile do not end it.
  static_cast<void>(wait_for(POLLRDHUP, static_cast<int>(time.count())));
}

RawServer::RawServer(std::function<void(const RawConnection&, int)> script)
    : script_(std::move(script)),
      listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, length) != 0 || listen(listener_, 128) != 0 ||
      getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("no port on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_all(); });
}

RawServer::~RawServer() {
  eventfd_write(stop_, 1);
  acceptor_.join();
  close(listener_);
  close(stop_);
}

void RawServer::accept_all() {
  std::vector<std::jthread> connections;
  for (int number = 0;; ++number) {
    std::array<pollfd, 2> fds{pollfd{listener_, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    poll(fds.data(), fds.size(), -1);
    if (fds[1].revents != 0) {
      return;
    }
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      continue;
    }
    connections.emplace_back([this, socket, number] {
      script_(RawConnection(socket, stop_), number);
      close(socket);
    });
  }
}

}  // namespace everai::test
