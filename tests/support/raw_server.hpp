#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace everai::test {

/// One accepted connection. Every call gives up when the server is stopped. Not thread-safe.
class RawConnection {
 public:
  RawConnection(int socket, int stop) : socket_(socket), stop_(stop) {}

  /// Reads up to the blank line of a request's head. @return what came, shorter if the peer left.
  std::string read_head() const;
  /// @return false if the peer is gone or the server is stopped.
  bool send(std::string_view bytes) const;
  /// Waits for the peer to close, for the stop, or for the time to pass.
  void linger(std::chrono::milliseconds time) const;

 private:
  /// @return whether the socket is ready for `events` before the stop.
  [[nodiscard]] bool wait_for(short events, int timeout_ms) const;

  int socket_;
  int stop_;
};

/// A server on 127.0.0.1 that does what a script says and knows no HTTP; each connection runs the
/// script in a thread of its own and is closed after it.
class RawServer {
 public:
  /// @param script  called with the connection and its number, from 0; must be thread-safe.
  explicit RawServer(std::function<void(const RawConnection&, int)> script);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  RawServer(RawServer&&) = delete;
  RawServer& operator=(RawServer&&) = delete;
  ~RawServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all();

  std::function<void(const RawConnection&, int)> script_;
  int listener_ = -1;
  int stop_ = -1;  ///< an eventfd, readable once the server is stopped
  int port_ = 0;
  std::jthread acceptor_;
};

}  // namespace everai::test
