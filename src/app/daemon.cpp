#include "app/daemon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iterator>
#include <set>
#include <utility>

#include "api/curl_client.hpp"
#include "app/passed_listeners.hpp"
#include "app/service_manager.hpp"
#include "metrics/state_metrics.hpp"
#include "util/log.hpp"
#include "util/version.hpp"
#include "web/listen.hpp"

namespace everai::app {
namespace {

/// The poll loop turns at least once a second; this long without a turn it hangs.
constexpr std::chrono::seconds kHangTime{30};

/// A reload that the poll loop has not taken after this long has failed.
constexpr std::chrono::seconds kReloadTimeout{10};

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::make(const RunExporter& command, config::Loaded loaded,
                                             state::OpenedState opened, const Clock& clock) {
  Result<std::unique_ptr<api::Client>> client =
      api::make_curl_client({.user_agent = fmt::format("everai_exporter/{}", version()),
                             .follow_certificate_files = true},
                            clock);
  if (!client) {
    return tl::unexpected(client.error());
  }
  return std::make_unique<Daemon>(command, std::move(loaded), clock, std::move(*client),
                                  std::move(opened));
}

Daemon::Daemon(const RunExporter& command, config::Loaded loaded, const Clock& clock,
               std::unique_ptr<api::Client> client, state::OpenedState opened)
    : options_(command.options),
      clock_(clock),
      started_(clock.system_now()),
      client_(std::move(client)),
      keeper_(std::move(opened.file), std::move(opened.saved), clock_, [this] { client_->wake(); }),
      poller_({.collect_workers = options_.collect_workers}, poller_hooks(), loaded.config,
              *client_, clock_, store_),
      reloader_(command.source, std::move(loaded), clock_, reloader_hooks()),
      page_(store_, own_metrics_, clock_,
            [this] {
              const auto status = keeper_.status();
              return status ? metrics::state_metrics(*status) : std::vector<metrics::OwnFamily>{};
            }),
      handlers_(sources()) {
  own_metrics_.set_shard(command.source.shard.number, command.source.shard.total);
  own_metrics_.set_config_loaded(started_);
  for (const state::DeviceErrors::Device& device : keeper_.device_errors().devices) {
    own_metrics_.restore_device_errors(device.id, device.errors);
  }
  if (const std::uint64_t other = keeper_.device_errors().other; other > 0) {
    own_metrics_.restore_device_errors(state::kOther, other);
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
      .on_unreadable_field =
          [this](std::string_view field, std::uint64_t count) {
            own_metrics_.count_unreadable_field(field, count);
          },
      .keep = [this](const state::AppKey& app, const state::Reduced& reduced,
                     bool urgent) { return keeper_.keep(app, reduced, urgent); },
      .kept = [this] { return keeper_.kept(); },
      .configure = [this](const std::set<state::AppKey>& apps) { return keeper_.configure(apps); },
      .on_worker_error =
          [this](std::string_view device) {
            own_metrics_.count_device_error(keeper_.device_errors().label_of(device));
          },
  };
}

Reloader::Hooks Daemon::reloader_hooks() {
  return {
      .apply = [this](const config::Config& config) -> Result<void> {
        std::future<bool> taken = poller_.reconfigure(config);
        if (taken.wait_for(kReloadTimeout) != std::future_status::ready && poller_.withdraw()) {
          return everai::fail(ErrorCode::kSystem, "the poll loop does not take the configuration");
        }
        if (!taken.get()) {
          return everai::fail(ErrorCode::kSystem, "the exporter is stopping");
        }
        return {};
      },
      .on_begin = [] { notify_reloading(); },
      .on_end =
          [this](bool successful) {
            if (successful) {
              own_metrics_.set_config_loaded(clock_.system_now());
            } else {
              own_metrics_.set_config_failed();
            }
            page_.expire();
            notify_ready(successful ? "configuration reloaded"
                                    : "runs with the old configuration, the new one is bad");
          },
  };
}

web::Sources Daemon::sources() {
  return {
      .telemetry_path = options_.telemetry_path,
      .metrics_page = [this] { return page_.text(); },
      .app_page = [this](std::string_view app) { return page_.text_of(app); },
      .healthy = [this] { return clock_.steady_now() - poller_.last_turn() < kHangTime; },
      .ready =
          [this] {
            // Once ready, always ready: an app that a reload adds must not stop the scrapes.
            if (!ready_ && store_.all_polled()) {
              ready_ = true;
            }
            return ready_.load();
          },
      .status = [this] { return status(); },
      .reload = options_.lifecycle ? [this] { return reload(); } : std::function<Result<void>()>{},
      .on_response = [this](std::string_view handler,
                            int status) { own_metrics_.count_http_request(handler, status); },
  };
}

web::Status Daemon::status() const {
  const auto snapshots = store_.snapshots();
  return web::make_status({.version = version(),
                           .started = started_,
                           .now = clock_.system_now(),
                           .steady_now = clock_.steady_now(),
                           .config = reloader_.state(),
                           .telemetry_path = options_.telemetry_path,
                           .snapshots = snapshots});
}

Result<void> Daemon::serve() {
  const auto keep = [this](std::unique_ptr<web::Server> server) {
    servers_.push_back(std::move(server));
  };
  if (options_.passed_listeners) {
    Result<std::vector<UniqueFd>> listeners = take_passed_listeners();
    if (!listeners) {
      return fail(listeners.error().code,
                  fmt::format("--web.systemd-socket: {}", listeners.error().message));
    }
    for (UniqueFd& listener : *listeners) {
      if (Result<void> served = web::Server::start(std::move(listener), handlers_).map(keep);
          !served) {
        return served;
      }
    }
    return {};
  }
  for (const config::ListenAddress& address : options_.listen) {
    auto servers = web::serve_at(address, handlers_);
    if (!servers) {
      return tl::unexpected(servers.error());
    }
    std::for_each(std::make_move_iterator(servers->begin()),
                  std::make_move_iterator(servers->end()), keep);
  }
  return {};
}

Result<void> Daemon::start() {
  if (Result<void> served = serve(); !served) {
    return served;
  }
  keeper_.start();
  std::string ports;
  for (const auto& server : servers_) {
    ports += fmt::format("{}{}", ports.empty() ? "" : ", ", server->port());
  }
  poll_thread_ = std::jthread([this](const std::stop_token& stop) { poller_.run(stop); });
  const config::Shard shard = reloader_.state().shard;
  log::info("started", {{"version", version()},
                        {"apps", std::to_string(store_.snapshots().size())},
                        {"shard", std::to_string(shard.number)},
                        {"total_shards", std::to_string(shard.total)},
                        {"port", ports}});
  notify_ready("serves");
  return {};
}

void Daemon::stop_polling() {
  poll_thread_ = {};
  keeper_.finish();
}

void Daemon::poll_once() {
  while (!store_.all_polled()) {
    poller_.turn();
  }
  poller_.flush_log();
}

std::string Daemon::page() {
  // Nobody asks for a second page, in which new series would count.
  static_cast<void>(own_metrics_.collect());
  return *page_.text();
}

ExitCode Daemon::verdict() const {
  ExitCode worst = ExitCode::kOk;
  for (const auto& snapshot : store_.snapshots()) {
    const auto& failure = snapshot->up == true ? snapshot->history.failure : snapshot->failure;
    if (!failure) {
      continue;
    }
    const ExitCode code = exit_code_of(failure->code);
    // The lower the code, the nearer the cause is to what the user can mend at once.
    if (worst == ExitCode::kOk || code < worst) {
      worst = code;
    }
  }
  return worst;
}

}  // namespace everai::app
