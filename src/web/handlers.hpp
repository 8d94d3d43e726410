#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.hpp"
#include "web/status.hpp"

/// What the exporter answers over HTTP: functions from our Request to our Response.
namespace everai::web {

struct Request {
  std::string_view method;
  std::string_view path;                     ///< decoded, without the query
  std::optional<std::string_view> app = {};  ///< the query's first `app`, decoded
};

struct Response {
  int status = 200;
  std::string_view content_type;  ///< outlives the response
  std::shared_ptr<const std::string> body;
  /// More headers; their texts outlive the response.
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
};

/// What the handlers ask of the rest of the program. All are called from many threads.
struct Sources {
  std::string telemetry_path = "/metrics";
  std::function<std::shared_ptr<const std::string>()> metrics_page;
  /// The series of one app, by `NAMESPACE/NAME`; null if there is none of that name.
  std::function<std::shared_ptr<const std::string>(std::string_view)> app_page = {};
  std::function<bool()> healthy;  ///< the loops turn
  std::function<bool()> ready;    ///< every app was polled once, well or not
  std::function<Status()> status = {};
  /// Loads the configuration anew; empty: it must not be asked for over HTTP.
  std::function<Result<void>()> reload = {};
  /// Told of each answer: its path if that is one of ours, else "other", and its status.
  std::function<void(std::string_view, int)> on_response = [](std::string_view, int) {};
};

/// The paths besides the metrics'.
inline constexpr std::string_view kStatusPath = "/";
inline constexpr std::string_view kStatusJsonPath = "/status.json";
inline constexpr std::string_view kHealthyPath = "/-/healthy";
inline constexpr std::string_view kReadyPath = "/-/ready";
inline constexpr std::string_view kReloadPath = "/-/reload";

/// What kHealthyPath answers if all is well, with status 200.
inline constexpr std::string_view kHealthyAnswer = "healthy\n";

/// The routes: the metrics, the paths above, 404 for the rest. GET and HEAD only, but POST only for
/// the reload. Thread-safe.
class Handlers {
 public:
  explicit Handlers(Sources sources) : sources_(std::move(sources)) {}

  [[nodiscard]] Response handle(const Request& request) const;

 private:
  [[nodiscard]] Response route(const Request& request) const;
  [[nodiscard]] Response metrics(const Request& request) const;
  [[nodiscard]] Response reload() const;
  [[nodiscard]] std::string_view label_of(std::string_view path) const;

  Sources sources_;
};

}  // namespace everai::web
