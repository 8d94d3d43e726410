#pragma once

#include <memory>
#include <string>

#include "util/result.hpp"
#include "util/unique_fd.hpp"
#include "web/handlers.hpp"

namespace everai::web {

/// An HTTP server on threads of its own; it serves from its making to its end. GET and HEAD only.
class Server {
 public:
  /// Binds and begins to serve. @param host  an address; empty: every one, IPv4 and IPv6.
  /// @param port  0: any free one. @param handlers  must outlive the server.
  /// @return kSystem if the address cannot be bound.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const std::string& host, int port,
                                                             const Handlers& handlers);

  /// Begins to serve on a socket that listens already, is shared with the one who opened it, and
  /// does not block. It goes on listening after the server's end: whoever connects then waits for
  /// the next one who serves. @param handlers  must outlive the server.
  /// @return kSystem if the system refuses.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(UniqueFd listener,
                                                             const Handlers& handlers);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  Server(Server&&) = delete;
  Server& operator=(Server&&) = delete;
  /// Accepts no more connections, answers the requests under way, each as the last one of its
  /// connection, and returns within about two seconds.
  ~Server();

  [[nodiscard]] int port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace everai::web
