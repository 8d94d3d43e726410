#include "web/server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>

namespace everai::web {
namespace {

constexpr std::time_t kReadTimeoutSeconds = 2;
constexpr std::time_t kWriteTimeoutSeconds = 10;
/// An idle connection holds a thread, and holds up the end: see docs/architecture.md.
constexpr std::time_t kKeepAliveSeconds = 1;
constexpr std::size_t kMaxRequestBodyBytes = 1024;
constexpr std::size_t kThreads = 16;
/// The library's own backlog of 5 drops connections that come together.
constexpr int kBacklog = 1024;

void serve(const Handlers& handlers, const httplib::Request& request, httplib::Response& response) {
  Request asked{request.method, request.path};
  const auto app = request.params.find("app");
  if (app != request.params.end()) {
    asked.app = app->second;
  }
  const Response ours = handlers.handle(asked);
  response.status = ours.status;
  for (const auto& [name, value] : ours.headers) {
    response.set_header(std::string(name), std::string(value));
  }
  // The body is shared, not copied: a page can be several megabytes.
  response.set_content_provider(
      ours.body->size(), std::string(ours.content_type),
      [body = ours.body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body->data() + offset, length);
      });
}

}  // namespace

struct Server::Impl {
  httplib::Server http;
  int port = 0;
  socket_t listener = INVALID_SOCKET;  ///< the library's
  std::atomic<bool> ended = false;
  std::jthread thread;

  explicit Impl(const Handlers& handlers) {
    http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    http.set_tcp_nodelay(true);
    // The default sets SO_REUSEPORT, with which a second exporter would silently share the port.
    http.set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listener = socket;
    });
    http.set_read_timeout(kReadTimeoutSeconds);
    http.set_write_timeout(kWriteTimeoutSeconds);
    http.set_keep_alive_timeout(kKeepAliveSeconds);
    // The default would close every connection after five requests.
    http.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    http.set_payload_max_length(kMaxRequestBodyBytes);
    // Before routing, so that no regular expression meets a path and no request's body is read.
    http.set_pre_routing_handler(
        [&handlers](const httplib::Request& request, httplib::Response& response) {
          serve(handlers, request, response);
          return httplib::Server::HandlerResponse::Handled;
        });
  }

  bool bind(const std::string& host, int wanted) {
    port =
        wanted == 0 ? http.bind_to_any_port(host) : (http.bind_to_port(host, wanted) ? wanted : -1);
    return port > 0 && ::listen(listener, kBacklog) == 0;
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->http.stop();
  impl_->thread.join();
}

int Server::port() const {
  return impl_->port;
}

Result<std::unique_ptr<Server>> Server::start(const std::string& host, int port,
                                              const Handlers& handlers) {
  auto impl = std::make_unique<Impl>(handlers);
  // "::" takes IPv4 too; a machine without IPv6 has only "0.0.0.0".
  errno = 0;
  bool bound = impl->bind(host.empty() ? "::" : host, port);
  if (!bound && host.empty() && errno != EADDRINUSE) {
    bound = impl->bind("0.0.0.0", port);
  }
  if (!bound) {
    const int error = errno;
    return fail(ErrorCode::kSystem,
                fmt::format("listen on {}:{}: {}",
                            host.find(':') == std::string::npos ? host : "[" + host + "]", port,
                            error == 0 ? "the address cannot be bound"
                                       : std::generic_category().message(error)));
  }
  impl->thread = std::jthread([&serving = *impl] {
    serving.http.listen_after_bind();
    serving.ended = true;
  });
  // A stop before the library's loop has begun would be lost.
  while (!impl->http.is_running() && !impl->ended) {
    std::this_thread::yield();
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace everai::web
