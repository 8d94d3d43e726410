#include "app/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/curl_client.hpp"
#include "api/token.hpp"
#include "metrics/state_metrics.hpp"
#include "util/log.hpp"
#include "util/version.hpp"

namespace everai::app {
namespace {

/// The poll loop turns at least once a second; this long without a turn it hangs.
constexpr std::chrono::seconds kHangTime{30};

/// Gauges outlive the last good poll by this many intervals.
constexpr int kStalenessIntervals = 3;

poll::PollerOptions poller_options(const config::Config& config) {
  return {.interval = config.scrape_interval,
          .timeout = config.scrape_timeout,
          .staleness = config.scrape_interval * kStalenessIntervals,
          .collect_workers = config.collect_workers};
}

std::vector<poll::Poller::App> apps_to_poll(const config::Config& config,
                                            const state::SavedState& saved) {
  std::vector<state::AppMemory> memories = state::memories_of(config.apps, saved);
  std::vector<poll::Poller::App> apps;
  for (std::size_t index = 0; index < memories.size(); ++index) {
    apps.push_back({.app = config.apps[index],
                    .settings = config.app_settings,
                    .memory = std::move(memories[index])});
  }
  return apps;
}

std::function<Result<Secret>()> token_source(const config::Config& config) {
  if (!config.token_file.empty()) {
    return [path = config.token_file] { return api::load_token(path); };
  }
  return [token = config.token]() -> Result<Secret> { return token; };
}

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kNotFound:
      return ExitCode::kUsage;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return ExitCode::kAuth;
    case ErrorCode::kTimeout:
    case ErrorCode::kConnect:
    case ErrorCode::kTls:
    case ErrorCode::kRateLimited:
    case ErrorCode::kServerError:
      return ExitCode::kNetwork;
    case ErrorCode::kPayload:
    case ErrorCode::kTooLarge:
      return ExitCode::kPayload;
    case ErrorCode::kSystem:
      return ExitCode::kFailure;
  }
  return ExitCode::kFailure;
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::make(const config::Config& config, const Clock& clock) {
  Result<std::unique_ptr<api::Client>> client =
      api::make_curl_client({.endpoint = config.endpoint,
                             .user_agent = fmt::format("everai_exporter/{}", version()),
                             .token = token_source(config)},
                            clock);
  if (!client) {
    return tl::unexpected(client.error());
  }
  Result<state::OpenedState> opened = state::open_state(config.state_file, clock);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  return std::make_unique<Daemon>(config, clock, std::move(*client), std::move(*opened));
}

Daemon::Daemon(config::Config config, const Clock& clock, std::unique_ptr<api::Client> client,
               state::OpenedState opened)
    : config_(std::move(config)),
      clock_(clock),
      own_metrics_(config_.gpu_prices),
      client_(std::move(client)),
      store_(config_.apps),
      keeper_(config_.apps, std::move(opened.file), opened.saved, clock_,
              [this] { client_->wake(); }),
      poller_(poller_options(config_), poller_hooks(), apps_to_poll(config_, opened.saved),
              *client_, clock_, store_),
      page_(store_, own_metrics_, clock_,
            [this] {
              const auto status = keeper_.status();
              return status ? metrics::state_metrics(*status) : std::vector<metrics::OwnFamily>{};
            }),
      handlers_(
          {.metrics_page = [this] { return page_.text(); },
           .healthy = [this] { return clock_.steady_now() - poller_.last_turn() < kHangTime; },
           .ready = [this] { return store_.all_polled(); },
           .on_response = [this](
                              std::string_view handler,
                              int status) { own_metrics_.count_http_request(handler, status); }}) {
  own_metrics_.set_config_loaded(clock_.system_now());
  for (const state::DeviceErrors::Device& device : keeper_.device_errors().devices) {
    own_metrics_.count_device_errors(device.id, device.errors);
  }
  if (const std::uint64_t other = keeper_.device_errors().other; other > 0) {
    own_metrics_.count_device_errors(state::kOther, other);
  }
}

poll::PollerHooks Daemon::poller_hooks() {
  return {
      .on_answer =
          [this](const api::ListingAnswer& answer) { own_metrics_.count_api_request(answer); },
      .on_lag = [this](std::chrono::milliseconds lag) { own_metrics_.set_poll_lag(lag); },
      .on_clock_skew =
          [this](std::chrono::microseconds skew) { own_metrics_.set_clock_skew(skew); },
      .on_unknown_enum_value =
          [this](std::string_view field) { own_metrics_.count_unknown_enum_value(field); },
      .on_clock_anomaly =
          [this](std::string_view field) { own_metrics_.count_clock_anomaly(field); },
      .keep = [this](std::size_t index, const state::Reduced& reduced,
                     bool urgent) { return keeper_.keep(index, reduced, urgent); },
      .kept = [this] { return keeper_.kept(); },
      .on_worker_error =
          [this](std::string_view device) {
            own_metrics_.count_device_errors(keeper_.device_errors().label_of(device), 1);
          },
  };
}

Result<void> Daemon::start() {
  if (config_.token.empty() && config_.token_file.empty()) {
    log::warn("no API token: set EVERAI_TOKEN or --api.token-file; requests go without one");
  }
  Result<std::unique_ptr<web::Server>> server =
      web::Server::start(config_.listen.host, config_.listen.port, handlers_);
  if (!server) {
    return tl::unexpected(server.error());
  }
  server_ = std::move(*server);
  poll_thread_ = std::jthread([this](const std::stop_token& stop) { poller_.run(stop); });
  log::info("started", {{"version", version()},
                        {"apps", std::to_string(config_.apps.size())},
                        {"endpoint", config_.endpoint},
                        {"port", std::to_string(server_->port())}});
  return {};
}

void Daemon::poll_once() {
  while (!store_.all_polled()) {
    poller_.turn();
  }
}

std::string Daemon::page() {
  return *page_.text();
}

ExitCode Daemon::verdict() const {
  ExitCode worst = ExitCode::kOk;
  for (const auto& snapshot : store_.snapshots()) {
    if (snapshot->up == true) {
      continue;
    }
    for (std::size_t reason = 0; reason < snapshot->failures.size(); ++reason) {
      const ExitCode code = exit_code_of(static_cast<ErrorCode>(reason));
      // The lower the code, the nearer the cause is to what the user can mend at once.
      if (snapshot->failures[reason] > 0 && (worst == ExitCode::kOk || code < worst)) {
        worst = code;
      }
    }
  }
  return worst;
}

}  // namespace everai::app
