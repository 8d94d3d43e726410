#include "simulator/server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "simulator/connection.hpp"
#include "util/task_queue.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

/// Between two ticks of the world, so that no request finds much to catch up with.
constexpr std::chrono::milliseconds kTickGap{50};
/// A connection takes a thread for as long as it is open; this many clients may keep theirs.
constexpr std::size_t kThreads = 64;
/// How long an idle connection is kept, and so how long one can hold up the end.
constexpr std::time_t kKeepAliveSeconds = 1;
/// cpp-httplib's own backlog of 5 drops connections when many apps are polled at once.
constexpr int kBacklog = 1024;
constexpr std::size_t kMaxBodyBytes = 1024UL * 1024;
constexpr std::size_t kMaxPathBytes = 256;
/// How long a request that gets no answer is held before its connection is closed.
constexpr std::chrono::seconds kHangTime{60};

/// Promises the whole body, sends half of it and closes the connection.
void cut_off(const std::string& body, httplib::Response& response) {
  response.set_content_provider(
      body.size(), "application/json",
      [half = body.substr(0, body.size() / 2)](std::size_t offset, std::size_t /*length*/,
                                               httplib::DataSink& sink) {
        return offset == 0 && sink.write(half.data(), half.size());
      });
}

void write_reply(const HttpReply& reply, httplib::Response& response) {
  const Answer& answer = reply.answer;
  response.status = answer.status;
  response.set_header("Date", render_http_date(reply.date));
  if (answer.retry_after) {
    response.set_header("Retry-After", std::to_string(answer.retry_after->count()));
  }
  if (!answer.location.empty()) {
    response.set_header("Location", std::string(answer.location));
  }
  if (answer.delivery == Delivery::kWhole) {
    response.set_content(answer.body, std::string(answer.content_type));
  } else {
    cut_off(answer.body, response);
  }
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options)
      : host_(std::move(options.host)),
        wanted_port_(options.port),
        platform_(std::move(options.platform)) {
    set_up_socket();
    set_up_handlers();
  }

  Result<void> start();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::string& host() const { return host_; }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  Impl(Impl&&) = delete;
  Impl& operator=(Impl&&) = delete;
  ~Impl() {
    hang_stop_.request_stop();
    if (port_ > 0) {
      http_.stop();
    }
  }

 private:
  void set_up_socket();
  void set_up_handlers();
  void hang();
  void tick_until(const std::stop_token& stop);

  const std::string host_;
  const int wanted_port_;
  int port_ = 0;
  Platform platform_;
  std::stop_source hang_stop_;
  std::unique_ptr<TaskQueue> tasks_ = std::make_unique<TaskQueue>(kThreads);
  httplib::Server http_;
  int listener_ = -1;  ///< the listening socket; cpp-httplib's
  std::future<void> served_;
  std::jthread listen_thread_;
  std::jthread tick_thread_;
};

void Server::Impl::set_up_socket() {
  http_.set_tcp_nodelay(true);
  http_.set_keep_alive_timeout(kKeepAliveSeconds);
  // cpp-httplib's default would close every connection after five requests.
  http_.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  http_.set_payload_max_length(kMaxBodyBytes);
  // The library owns the queue once it listens.
  http_.new_task_queue = [this] { return tasks_.release(); };
  // The default sets SO_REUSEPORT, with which a second instance would share the port unnoticed.
  http_.set_socket_options([this](int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    listener_ = socket;
  });
}

void Server::Impl::set_up_handlers() {
  // Routes are the platform's business: its paths hold percent-encoded names, and cpp-httplib
  // matches on the decoded path.
  const httplib::Server::Handler handle = [this](const httplib::Request& request,
                                                 httplib::Response& response) {
    const HttpReply reply =
        platform_.handle({.method = request.method,
                          .target = request.target,
                          .authorization = request.get_header_value("Authorization"),
                          .body = request.body});
    const Delivery delivery = reply.answer.delivery;
    if (delivery == Delivery::kNever) {
      hang();
    } else if (delivery == Delivery::kClosed || delivery == Delivery::kReset) {
      end_connection({.remote_address = request.remote_addr,
                      .remote_port = request.remote_port,
                      .local_port = request.local_port},
                     delivery == Delivery::kReset ? ConnectionEnd::kReset : ConnectionEnd::kClosed);
    }
    write_reply(reply, response);
  };
  // The library's regular expressions need half a kilobyte of stack for each byte of a path; only a
  // request with a body, which is not read yet, has to meet them.
  http_.set_pre_routing_handler(
      [this, handle](const httplib::Request& request, httplib::Response& response) {
        if (request.method == "GET" || request.method == "HEAD") {
          handle(request, response);
        } else if (request.path.size() > kMaxPathBytes) {
          write_reply(platform_.error_reply(414, "the path is too long"), response);
        } else {
          return httplib::Server::HandlerResponse::Unhandled;
        }
        return httplib::Server::HandlerResponse::Handled;
      });
  http_.Post(".*", handle);
  http_.Put(".*", handle);
  http_.Patch(".*", handle);
  http_.Delete(".*", handle);
  http_.Options(".*", handle);
  // Called for every status from 400 on; only what cpp-httplib refused by itself has no body yet.
  http_.set_error_handler(httplib::Server::Handler(
      [this](const httplib::Request& /*request*/, httplib::Response& response) {
        if (response.body.empty()) {
          write_reply(platform_.error_reply(response.status, "the request was refused"), response);
        }
      }));
}

Result<void> Server::Impl::start() {
  const int port = wanted_port_ == 0
                       ? http_.bind_to_any_port(host_)
                       : (http_.bind_to_port(host_, wanted_port_) ? wanted_port_ : -1);
  if (port <= 0 || ::listen(listener_, kBacklog) != 0) {
    return fail(ErrorCode::kSystem,
                fmt::format("listen on {}:{}: the address is not of this machine, or the port is "
                            "taken or not allowed",
                            host_, wanted_port_));
  }
  std::packaged_task<void()> serve([this] { http_.listen_after_bind(); });
  served_ = serve.get_future();
  listen_thread_ = std::jthread(std::move(serve));
  // `stop` does nothing to a server that does not run yet, so wait until it does.
  while (!http_.is_running() && served_.wait_for(1ms) == std::future_status::timeout) {
  }
  tick_thread_ = std::jthread([this](const std::stop_token& stop) { tick_until(stop); });
  port_ = port;
  return {};
}

void Server::Impl::hang() {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, hang_stop_.get_token(), kHangTime, [] { return false; });
}

void Server::Impl::tick_until(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    platform_.tick();
    wake.wait_for(lock, stop, kTickGap, [] { return false; });
  }
}

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() = default;

Result<void> Server::start() {
  return impl_->start();
}

int Server::port() const {
  return impl_->port();
}

std::string Server::url() const {
  const bool is_ipv6 = impl_->host().find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("http://[{}]:{}", impl_->host(), impl_->port())
                 : fmt::format("http://{}:{}", impl_->host(), impl_->port());
}

}  // namespace everai::simulator
