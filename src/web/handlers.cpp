#include "web/handlers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "exposition/text.hpp"
#include "web/status_json.hpp"
#include "web/status_page.hpp"

namespace everai::web {
namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kJson = "application/json";

constexpr std::array kPaths{kStatusPath, kStatusJsonPath, kHealthyPath, kReadyPath, kReloadPath};

std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Response plain(int status, std::string text) {
  return {status, kPlain, shared(std::move(text))};
}

Response not_allowed(std::string_view allowed) {
  Response response = plain(405, "method not allowed\n");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

Response status_page(const Status& status) {
  return {200,
          kHtml,
          shared(render_status_page(status)),
          {{"Content-Security-Policy", status_page_policy()},
           {"X-Content-Type-Options", "nosniff"},
           {"Referrer-Policy", "no-referrer"},
           {"Cache-Control", "no-store"}}};
}

}  // namespace

Response Handlers::handle(const Request& request) const {
  Response response = route(request);
  sources_.on_response(label_of(request.path), response.status);
  return response;
}

/// Only paths that are ours may become label values.
std::string_view Handlers::label_of(std::string_view path) const {
  if (path == sources_.telemetry_path) {
    return sources_.telemetry_path;
  }
  const auto* const found = std::find(kPaths.begin(), kPaths.end(), path);
  return found == kPaths.end() ? "other" : *found;
}

Response Handlers::route(const Request& request) const {
  if (request.path == kReloadPath && sources_.reload) {
    return request.method == "POST" ? reload() : not_allowed("POST");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return not_allowed("GET, HEAD");
  }
  if (request.path == sources_.telemetry_path) {
    return metrics(request);
  }
  if (request.path == kHealthyPath) {
    return sources_.healthy() ? plain(200, std::string(kHealthyAnswer))
                              : plain(503, "unhealthy: the poll loop does not turn\n");
  }
  if (request.path == kReadyPath) {
    return sources_.ready() ? plain(200, "ready\n")
                            : plain(503, "not ready: not every app has been polled yet\n");
  }
  if (request.path == kStatusPath) {
    return status_page(sources_.status());
  }
  if (request.path == kStatusJsonPath) {
    return {200,
            kJson,
            shared(render_status_json(sources_.status())),
            {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}}};
  }
  if (request.path == kReloadPath) {
    return plain(403, "the lifecycle paths are off: see --web.enable-lifecycle\n");
  }
  return plain(404, "not found\n");
}

Response Handlers::metrics(const Request& request) const {
  auto page = request.app ? sources_.app_page(*request.app) : sources_.metrics_page();
  if (page == nullptr) {
    return plain(404, "no such app\n");
  }
  return {200, exposition::kTextContentType, std::move(page)};
}

Response Handlers::reload() const {
  const Result<void> reloaded = sources_.reload();
  return reloaded ? plain(200, "reloaded\n")
                  : plain(500, "not reloaded: " + reloaded.error().message + "\n");
}

}  // namespace everai::web
