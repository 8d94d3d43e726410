#include "config/render.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::config {
namespace {

std::string count_of_certificates(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  int count = 0;
  for (std::size_t at = pem.find(kBegin); at != std::string_view::npos;
       at = pem.find(kBegin, at + kBegin.size())) {
    ++count;
  }
  return fmt::format("<{} certificate{}>", count, count == 1 ? "" : "s");
}

using Out = std::back_insert_iterator<std::string>;

void render_account(Out out, const api::Account& account) {
  fmt::format_to(out, "    endpoint: {}\n", in_quotes(account.endpoint));
  if (!account.token_file.empty()) {
    fmt::format_to(out, "    authorization: {{type: Bearer, credentials_file: {}}}\n",
                   in_quotes(account.token_file));
  } else if (!account.token.empty()) {
    fmt::format_to(out, "    authorization: {{type: Bearer, credentials: {}}}\n", account.token);
  }
  if (!account.authorities_pem.empty() || !account.certificate_pem.empty()) {
    fmt::format_to(out, "    tls_config:\n");
  }
  if (!account.authorities_pem.empty()) {
    fmt::format_to(out, "      ca_file: {}\n", count_of_certificates(account.authorities_pem));
  }
  if (!account.certificate_pem.empty()) {
    fmt::format_to(out, "      cert_file: {}\n      key_file: {}\n",
                   count_of_certificates(account.certificate_pem), account.key_pem);
  }
  if (const api::Proxy& proxy = account.proxy; !proxy.url.empty()) {
    std::string url = proxy.url;
    if (!proxy.credentials.empty()) {
      url.insert(url.find("://") + 3, fmt::format("{}@", proxy.credentials));
    }
    fmt::format_to(out, "    proxy_url: {}\n", in_quotes(url));
  }
}

void render_app(Out out, const AppConfig& app) {
  fmt::format_to(out, "  - namespace: {}\n    name: {}\n", in_quotes(app.app.app_namespace),
                 in_quotes(app.app.name));
  render_account(out, *app.account);
  fmt::format_to(out,
                 "    scrape_interval: {}\n    scrape_timeout: {}\n    staleness: {}\n"
                 "    recent_days: {}\n",
                 render_duration(app.poll.scrape_interval),
                 render_duration(app.poll.scrape_timeout), render_duration(app.poll.staleness),
                 app.poll.recent_days);
  if (app.requests_per_second) {
    fmt::format_to(out, "    requests_per_second: {}\n", *app.requests_per_second);
  }
  fmt::format_to(out, "    slo_objective: {}\n    queue_backlog_threshold: {}\n    gpu_prices:{}\n",
                 app.settings.slo_objective_ratio, app.settings.queue_backlog_threshold,
                 app.settings.gpu_prices.empty() ? " []" : "");
  for (const GpuPrice& price : app.settings.gpu_prices) {
    fmt::format_to(out, "      - {{model: {}, per_hour: {}, currency: {}}}\n",
                   in_quotes(price.model), price.per_hour, in_quotes(price.currency));
  }
}

}  // namespace

std::string render(const Config& config) {
  std::string text = fmt::format("global:\n  requests_per_second: {}\napps:{}\n",
                                 config.requests_per_second, config.apps.empty() ? " []" : "");
  for (const AppConfig& app : config.apps) {
    render_app(std::back_inserter(text), app);
  }
  return text;
}

}  // namespace everai::config
