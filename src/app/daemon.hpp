#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/client.hpp"
#include "app/cli.hpp"
#include "app/reloader.hpp"
#include "config/load.hpp"
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
/// of the data flow, so that whatever is destroyed is used by nobody any more.
class Daemon {
 public:
  /// Builds the parts; no poll runs yet.
  /// @param loaded  what `command` says is to be loaded.
  /// @param clock   must outlive the daemon.
  /// @return kSystem if the client cannot be set up.
  [[nodiscard]] static Result<std::unique_ptr<Daemon>> make(const RunExporter& command,
                                                            config::Loaded loaded,
                                                            state::OpenedState opened,
                                                            const Clock& clock);

  /// See `make`. No poll runs yet.
  Daemon(const RunExporter& command, config::Loaded loaded, const Clock& clock,
         std::unique_ptr<api::Client> client, state::OpenedState opened);

  /// Polls until `stop_polling`, serves until the daemon is destroyed. Nothing of the state is
  /// written before it serves.
  /// @return kSystem if a listen address cannot be bound; kUsage if sockets should be passed
  ///         and are not.
  [[nodiscard]] Result<void> start();

  /// Ends the polling, and saves the state a last time if it was started: this takes as long as the
  /// disk does. What was polled is served meanwhile. To be called by the thread that called
  /// `start`, once.
  void stop_polling();

  /// Loads the configuration anew, or does so if it has changed; see `Reloader`. Thread-safe.
  [[nodiscard]] Result<void> reload() { return reloader_.reload(); }
  [[nodiscard]] bool reload_if_changed() { return reloader_.reload_if_changed(); }

  /// Polls every app once, without serving.
  void poll_once();

  /// The metrics page as it is now.
  [[nodiscard]] std::string page();

  /// kOk if the last poll of every app was good, else the class of the worst failure.
  [[nodiscard]] ExitCode verdict() const;

 private:
  /// Starts a server for each listen address, or for each socket that was passed.
  [[nodiscard]] Result<void> serve();
  [[nodiscard]] poll::PollerHooks poller_hooks();
  [[nodiscard]] Reloader::Hooks reloader_hooks();
  [[nodiscard]] web::Sources sources();
  [[nodiscard]] web::Status status() const;

  const Options options_;
  const Clock& clock_;
  const Timestamp started_;
  metrics::OwnMetrics own_metrics_;
  std::unique_ptr<api::Client> client_;
  state::SnapshotStore store_;
  state::Keeper keeper_;
  poll::Poller poller_;
  Reloader reloader_;
  exposition::Page page_;
  std::atomic<bool> ready_ = false;
  web::Handlers handlers_;
  std::jthread poll_thread_;
  std::vector<std::unique_ptr<web::Server>> servers_;
};

}  // namespace everai::app
