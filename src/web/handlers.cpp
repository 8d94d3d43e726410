#include "web/handlers.hpp"

#include <fmt/format.h>

#include <utility>

#include "exposition/text.hpp"
#include "util/version.hpp"

namespace everai::web {
namespace {

constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kHtml = "text/html; charset=utf-8";

constexpr std::string_view kLandingPage = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>EverAI exporter</title></head>
<body>
<h1>EverAI exporter</h1>
<p>Version {}. Workers, requests and queues of EverAI apps for Prometheus.</p>
<ul>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/-/healthy">Health</a></li>
<li><a href="/-/ready">Readiness</a></li>
</ul>
</body>
</html>
)";

Response plain(int status, std::string text, std::string_view allow = {}) {
  return {status, kPlain, allow, std::make_shared<const std::string>(std::move(text))};
}

}  // namespace

Handlers::Handlers(Sources sources)
    : sources_(std::move(sources)),
      landing_page_(std::make_shared<const std::string>(fmt::format(kLandingPage, version()))) {}

Response Handlers::handle(const Request& request) const {
  Response response = route(request);
  // Only paths that are ours may become label values.
  const bool ours = response.status != 404 && response.status != 405;
  sources_.on_response(ours ? request.path : "other", response.status);
  return response;
}

Response Handlers::route(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return plain(405, "method not allowed\n", "GET, HEAD");
  }
  if (request.path == "/metrics") {
    return {200, exposition::kTextContentType, {}, sources_.metrics_page()};
  }
  if (request.path == "/-/healthy") {
    return sources_.healthy() ? plain(200, "healthy\n")
                              : plain(503, "unhealthy: the poll loop does not turn\n");
  }
  if (request.path == "/-/ready") {
    return sources_.ready() ? plain(200, "ready\n")
                            : plain(503, "not ready: not every app has been polled yet\n");
  }
  if (request.path == "/") {
    return {200, kHtml, {}, landing_page_};
  }
  return plain(404, "not found\n");
}

}  // namespace everai::web
