#include "web/server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <future>
#include <limits>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "config/listen_address.hpp"
#include "util/task_queue.hpp"

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
/// How often the thread that accepts on a shared socket looks whether it is to end.
constexpr std::time_t kSharedCheckMicroseconds = 100'000;
/// Longer than a silent connection is kept: what is open after that does not close when asked.
constexpr std::chrono::milliseconds kDrainTime{1500};

/// The request as the library goes on with it: its own object, which is not const.
httplib::Request& own(const httplib::Request& request) {
  return const_cast<httplib::Request&>(request);  // NOLINT(*-const-cast)
}

/// Sends a piece of the body. @return false if the body does not have that piece: nothing is sent.
bool send_piece(std::string_view body, std::size_t offset, std::size_t length,
                httplib::DataSink& sink) {
  if (offset > body.size() || length > body.size() - offset) {
    return false;
  }
  return sink.write(body.data() + offset, length);
}

void serve(const Handlers& handlers, const httplib::Request& request, httplib::Response& response) {
  // By itself the library would announce as many bytes as the client's `Range` asks for, and ask
  // the content provider for them, whether the body has them or not. A server may ignore `Range`
  // (RFC 9110, 14.2).
  own(request).ranges.clear();
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
  response.set_header("Accept-Ranges", "none");
  // The body is shared, not copied: a page can be several megabytes.
  response.set_content_provider(
      ours.body->size(), std::string(ours.content_type),
      [body = ours.body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return send_piece(*body, offset, length, sink);
      });
}

/// Makes the library close the connection behind the response, also under a client that asks on and
/// on. It does so when a content provider fails: ours fails behind the last byte.
void close_behind(const httplib::Request& request, httplib::Response& response) {
  response.set_header("Connection", "close");
  if (!response.content_provider_) {
    // An error that the library answers by itself, without a body.
    static constexpr std::string_view kBody = "\n";
    response.set_content_provider(
        kBody.size(), "text/plain",
        [](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
          return send_piece(kBody, offset, length, sink);
        });
  }
  // A response to HEAD is over behind its head, but for it the library asks no content provider.
  const bool only_head = std::exchange(own(request).method, "GET") == "HEAD";
  response.content_provider_ = [send = std::move(response.content_provider_), only_head](
                                   std::size_t offset, std::size_t length,
                                   httplib::DataSink& sink) {
    if (!only_head) {
      send(offset, length, sink);
    }
    return false;
  };
}

/// The library's server, which can serve on a socket that someone else opened too, and lets
/// responses under way end.
class OwnServer : public httplib::Server {
 public:
  /// To be called before `listen_after_bind`. @param dead  a stream socket that does not listen.
  void share(UniqueFd listener, UniqueFd dead) {
    dead_ = std::move(dead);
    set_idle_interval(0, kSharedCheckMicroseconds);
    // Connections inherit it, as from a socket of the library's own.
    const int yes = 1;
    setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    svr_sock_ = listener.release();
  }

  /// Ends the accepting. The library's own `stop` also cuts off every response of which not all is
  /// written.
  void leave() {
    leaving_ = true;
    if (!dead_) {
      ::shutdown(svr_sock_, SHUT_RDWR);
      return;
    }
    // A shutdown would end a shared socket for everyone. So the descriptor becomes one that fails,
    // and is closed for that. A plain system call: ThreadSanitizer does not know that the library's
    // thread, which closes the descriptor, does so because its accept has failed for this.
    ::syscall(SYS_dup3, dead_.get(), svr_sock_.load(), O_CLOEXEC);
  }
  /// Whether each response is to be the last one of its connection.
  [[nodiscard]] bool leaves() const { return leaving_; }

  /// Ends the connections that are open, and may cut off a response.
  void drop_kept() { svr_sock_ = INVALID_SOCKET; }

 private:
  UniqueFd dead_;
  std::atomic<bool> leaving_ = false;
};

int port_of(int socket) {
  sockaddr_in6 address{};  // an IPv4 address is shorter, its port stands at the same place
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  socklen_t size = sizeof address;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  const bool known = ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  return known ? ntohs(address.sin6_port) : 0;
}

}  // namespace

struct Server::Impl {
  std::unique_ptr<TaskQueue> tasks = std::make_unique<TaskQueue>(kThreads);
  OwnServer http;
  int port = 0;
  socket_t listener = INVALID_SOCKET;  ///< the library's
  std::promise<void> end;
  std::future<void> ended = end.get_future();
  std::jthread thread;

  explicit Impl(const Handlers& handlers) {
    // The library owns the queue once it listens.
    http.new_task_queue = [this] { return tasks.release(); };
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
        [this, &handlers](const httplib::Request& request, httplib::Response& response) {
          serve(handlers, request, response);
          if (http.leaves()) {
            close_behind(request, response);
          }
          return httplib::Server::HandlerResponse::Handled;
        });
    // Of errors that the library answers by itself, which have no body.
    http.set_error_handler(httplib::Server::Handler(
        [this](const httplib::Request& request, httplib::Response& response) {
          if (http.leaves() && !response.content_provider_) {
            close_behind(request, response);
          }
        }));
  }

  [[nodiscard]] bool has_ended() const {
    return ended.wait_for(std::chrono::seconds{0}) == std::future_status::ready;
  }

  bool bind(const std::string& host, int wanted) {
    port =
        wanted == 0 ? http.bind_to_any_port(host) : (http.bind_to_port(host, wanted) ? wanted : -1);
    return port > 0 && ::listen(listener, kBacklog) == 0;
  }

  void begin() {
    thread = std::jthread([this] {
      http.listen_after_bind();
      end.set_value();
    });
    // A stop before the library's loop has begun would be lost.
    while (!http.is_running() && !has_ended()) {
      std::this_thread::yield();
    }
  }

  void stop() {
    if (!has_ended()) {
      http.leave();
      // Whoever has been accepted is served.
      ended.wait_for(kDrainTime);
      http.drop_kept();
    }
    thread.join();
  }
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  impl_->stop();
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
                fmt::format("listen on {}: {}", config::to_string({host, port}),
                            error == 0 ? "the address cannot be bound"
                                       : std::generic_category().message(error)));
  }
  impl->begin();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Result<std::unique_ptr<Server>> Server::start(UniqueFd listener, const Handlers& handlers) {
  UniqueFd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!dead) {
    return fail(ErrorCode::kSystem,
                fmt::format("open a socket: {}", std::generic_category().message(errno)));
  }
  auto impl = std::make_unique<Impl>(handlers);
  impl->port = port_of(listener.get());
  impl->http.share(std::move(listener), std::move(dead));
  impl->begin();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace everai::web
