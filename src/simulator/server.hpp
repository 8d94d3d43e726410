#pragma once

#include <memory>
#include <string>

#include "simulator/platform.hpp"
#include "util/result.hpp"

namespace everai::simulator {

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< an IPv6 address without brackets
  int port = 0;                    ///< 0: any free one
  PlatformOptions platform;
};

/// The fake platform as a web server, with threads of its own: it works from `start` until it is
/// destroyed. Destruction closes the port; a client that keeps an idle connection open can hold it
/// up for a second.
/// `start` is to be called once; the rest is thread-safe.
class Server {
 public:
  explicit Server(ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;
  ~Server();

  /// Binds the port and begins to serve. Requests are answered once it has returned.
  /// @return kSystem if the address is none of this machine or the port is taken.
  [[nodiscard]] Result<void> start();

  /// The port that it listens on; 0 before `start`.
  [[nodiscard]] int port() const;

  /// Such as `http://127.0.0.1:10881`, with the port that it listens on.
  [[nodiscard]] std::string url() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace everai::simulator
