#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// What the exporter answers over HTTP: functions from our Request to our Response.
namespace everai::web {

struct Request {
  std::string_view method;
  std::string_view path;  ///< decoded, without the query
};

struct Response {
  int status = 200;
  std::string_view content_type;  ///< outlives the response
  std::string_view allow;         ///< the `Allow` header; none if empty; outlives the response
  std::shared_ptr<const std::string> body;
};

/// What the handlers ask of the rest of the program. All are called from many threads.
struct Sources {
  std::function<std::shared_ptr<const std::string>()> metrics_page;
  std::function<bool()> healthy;  ///< the loops turn
  std::function<bool()> ready;    ///< every app was polled once, well or not
  /// Told of each answer: its path if that is one of ours, else "other", and its status.
  std::function<void(std::string_view, int)> on_response = [](std::string_view, int) {};
};

/// The routes: `/metrics`, `/-/healthy`, `/-/ready`, `/`; 404 for the rest, and 405 for other
/// methods than GET and HEAD. Thread-safe.
class Handlers {
 public:
  explicit Handlers(Sources sources);

  [[nodiscard]] Response handle(const Request& request) const;

 private:
  [[nodiscard]] Response route(const Request& request) const;

  Sources sources_;
  std::shared_ptr<const std::string> landing_page_;
};

}  // namespace everai::web
