#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/client.hpp"
#include "state/app_memory.hpp"
#include "state/reduce.hpp"
#include "state/snapshot_store.hpp"
#include "util/clock.hpp"

namespace everai::poll {

struct PollerOptions {
  std::chrono::milliseconds interval{30000};   ///< between two polls of an app; above 0
  std::chrono::milliseconds timeout{10000};    ///< of a poll, both its listings together
  std::chrono::milliseconds staleness{90000};  ///< how long gauges outlive the last good poll
  unsigned recent_days = 1;                    ///< how far back the history listing reaches
  std::size_t max_open_polls = 64;
  bool collect_workers = false;  ///< whether each worker is to have series of its own
};

/// Called by the poller's thread, for those who count or keep what happens; must not block.
struct PollerHooks {
  std::function<void(const api::ListingAnswer&)> on_answer = [](const api::ListingAnswer&) {};
  /// How late a poll started.
  std::function<void(std::chrono::milliseconds)> on_lag = [](std::chrono::milliseconds) {};
  /// How far ahead of ours the platform's clock is, after a good poll.
  std::function<void(std::chrono::microseconds)> on_clock_skew = [](std::chrono::microseconds) {};
  /// The field whose value this version does not know, or whose time is impossible.
  std::function<void(std::string_view)> on_unknown_enum_value = [](std::string_view) {};
  std::function<void(std::string_view)> on_clock_anomaly = [](std::string_view) {};
  /// Keeps what a good poll left, so that it outlives the process. @param urgent  do not wait.
  /// @return the number of this keeping; they never fall.
  std::function<std::uint64_t(std::size_t index, const state::Reduced&, bool urgent)> keep =
      [](std::size_t, const state::Reduced&, bool) { return std::uint64_t{0}; };
  /// The latest keeping that is done. What a poll counted is shown once its keeping is: counters
  /// that were seen and then forgotten would fall.
  std::function<std::uint64_t()> kept = [] { return std::uint64_t{0}; };
  /// The host of a worker that entered STATUS_ERROR, empty if unknown; called once that may be
  /// shown.
  std::function<void(std::string_view)> on_worker_error = [](std::string_view) {};
};

/// Polls every app on its schedule and publishes what it finds. An app's poll is two listings under
/// one deadline, never overlaps itself, and touches nothing of another app's.
/// Not thread-safe; owned by one thread, but for `last_turn`.
class Poller {
 public:
  /// An app to poll, and what is remembered of it from an earlier run.
  struct App {
    api::AppRef app;
    config::AppSettings settings = {};
    state::AppMemory memory = {};
  };

  /// `client`, `clock` and `store` must outlive the poller; `store` was made for the same apps.
  Poller(PollerOptions options, PollerHooks hooks, std::vector<App> apps, api::Client& client,
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
  /// What a good poll counted, while it is not shown.
  struct Unshown {
    std::uint64_t keeping;
    std::shared_ptr<const state::AppCounters> counters;
    std::vector<std::string> errored_devices;
  };
  struct Target {
    api::AppRef app;
    std::chrono::milliseconds phase;
    state::AppMemory memory = {};
    state::AppSnapshot shown = {};  ///< as last published
    std::vector<Unshown> unshown = {};
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
  void report_unknown_enum_values(const api::Listing& listing);
  void keep(std::size_t index, const state::Reduced& reduced);
  void show_kept();
  bool show_kept(Target& target, std::uint64_t kept) const;

  PollerOptions options_;
  PollerHooks hooks_;
  api::Client& client_;
  const Clock& clock_;
  state::SnapshotStore& store_;
  SteadyTime origin_;
  std::vector<Target> targets_;
  std::set<std::pair<SteadyTime, std::size_t>> due_;  ///< when, and which target; not the open ones
  std::size_t open_polls_ = 0;
  std::uint64_t kept_ = 0;  ///< what was kept and is shown
  std::set<std::string, std::less<>> logged_enum_values_;
  std::atomic<SteadyTime::rep> last_turn_;
};

}  // namespace everai::poll
