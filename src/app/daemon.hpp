#pragma once

#include <memory>
#include <string>
#include <thread>

#include "api/client.hpp"
#include "config/config.hpp"
#include "exposition/page.hpp"
#include "metrics/own_metrics.hpp"
#include "poll/poller.hpp"
#include "state/keeper.hpp"
#include "state/snapshot_store.hpp"
#include "util/clock.hpp"
#include "util/exit_code.hpp"
#include "util/result.hpp"
#include "web/handlers.hpp"
#include "web/server.hpp"

namespace everai::app {

/// The exporter: the one place where its parts are made and wired. The members stand in the order
/// of the data flow, so that their destruction is the shutdown: the server first, then the poller.
class Daemon {
 public:
  /// Builds the parts; no poll runs yet. @param clock  must outlive the daemon.
  /// @return kSystem if the client cannot be set up, or another process uses the state file.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> make(const config::Config& config,
                                                            const Clock& clock);

  /// See `make`. No poll runs yet.
  Daemon(config::Config config, const Clock& clock, std::unique_ptr<api::Client> client,
         state::OpenedState opened);

  /// Polls and serves until the daemon is destroyed.
  /// @return kSystem if the listen address cannot be bound.
  [[nodiscard]] Result<void> start();

  /// Polls every app once, without serving.
  void poll_once();

  /// The metrics page as it is now.
  [[nodiscard]] std::string page();

  /// kOk if the last poll of every app was good, else the class of the worst failure.
  [[nodiscard]] ExitCode verdict() const;

 private:
  [[nodiscard]] poll::PollerHooks poller_hooks();

  config::Config config_;
  const Clock& clock_;
  metrics::OwnMetrics own_metrics_;
  std::unique_ptr<api::Client> client_;
  state::SnapshotStore store_;
  state::Keeper keeper_;
  poll::Poller poller_;
  exposition::Page page_;
  web::Handlers handlers_;
  std::jthread poll_thread_;
  std::unique_ptr<web::Server> server_;
};

}  // namespace everai::app
