#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "api/client.hpp"
#include "state/app_memory.hpp"
#include "state/snapshot_store.hpp"
#include "util/clock.hpp"

namespace everai::poll {

struct PollerOptions {
  std::chrono::milliseconds interval{30000};   ///< between two polls of an app; above 0
  std::chrono::milliseconds timeout{10000};    ///< of a poll, both its listings together
  std::chrono::milliseconds staleness{90000};  ///< how long gauges outlive the last good poll
  unsigned recent_days = 1;                    ///< how far back the history listing reaches
  std::size_t max_open_polls = 64;
  /// Told of each answer: its listing, and its HTTP status, 0 where none came.
  std::function<void(api::ListingKind, int)> on_answer = [](api::ListingKind, int) {};
};

/// Polls every app on its schedule and publishes what it finds. An app's poll is two listings under
/// one deadline, never overlaps itself, and touches nothing of another app's.
/// Not thread-safe; owned by one thread, but for `last_turn`.
class Poller {
 public:
  /// `client`, `clock` and `store` must outlive the poller; `store` was made for the same apps.
  Poller(PollerOptions options, const std::vector<api::AppRef>& apps, api::Client& client,
         const Clock& clock, state::SnapshotStore& store);

  /// Polls until stopped. A stop ends it at once, in the middle of a poll too.
  void run(const std::stop_token& stop);

  /// One turn of the loop: starts what is due, waits until something happens but no longer than a
  /// second, handles it.
  void turn();

  /// When the loop last turned, for the health check. Thread-safe.
  [[nodiscard]] SteadyTime last_turn() const;

 private:
  struct OpenPoll {
    SteadyTime started;
    SteadyTime deadline;
    std::optional<Timestamp> date;          ///< of the latest answer
    std::optional<api::Listing> live = {};  ///< once the first of the two listings is there
  };
  struct Target {
    api::AppRef app;
    std::chrono::milliseconds phase;
    state::AppMemory memory = {};
    state::AppSnapshot shown = {};  ///< as last published
    std::optional<OpenPoll> open = {};
    unsigned failures_in_row = 0;
    std::optional<ErrorCode> trouble = {};  ///< as last logged
  };

  void start_due_polls();
  void request(std::size_t index, api::ListingKind kind);
  void handle(api::ListingAnswer answer);
  void succeed(std::size_t index, const api::Listing& history);
  void fail(std::size_t index, const Error& error);
  void finish(std::size_t index, std::chrono::milliseconds pause);
  void log_unknown_enum_values(const api::Listing& listing);

  PollerOptions options_;
  api::Client& client_;
  const Clock& clock_;
  state::SnapshotStore& store_;
  SteadyTime origin_;
  std::vector<Target> targets_;
  std::set<std::pair<SteadyTime, std::size_t>> due_;  ///< when, and which target; not the open ones
  std::size_t open_polls_ = 0;
  std::set<std::string, std::less<>> logged_enum_values_;
  std::atomic<SteadyTime::rep> last_turn_;
};

}  // namespace everai::poll
