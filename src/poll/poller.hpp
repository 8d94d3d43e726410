#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/client.hpp"
#include "config/config.hpp"
#include "poll/request_budget.hpp"
#include "poll/skipped_log.hpp"
#include "poll/trouble_log.hpp"
#include "state/app_key.hpp"
#include "state/app_memory.hpp"
#include "state/fleet_view.hpp"
#include "state/reduce.hpp"
#include "state/snapshot_store.hpp"
#include "util/clock.hpp"

namespace everai::poll {

struct PollerOptions {
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
  /// The field that had a wrong type, and how often in one listing.
  std::function<void(std::string_view, std::uint64_t)> on_unreadable_field = [](std::string_view,
                                                                                std::uint64_t) {};
  /// Keeps what a good poll left, so that it outlives the process. @param urgent  do not wait.
  /// @return the number of this keeping; they never fall.
  std::function<std::uint64_t(const state::AppKey&, const state::Reduced&, bool urgent)> keep =
      [](const state::AppKey&, const state::Reduced&, bool) { return std::uint64_t{0}; };
  /// The latest keeping that is done. What a poll counted is shown once its keeping is: counters
  /// that were seen and then forgotten would fall.
  std::function<std::uint64_t()> kept = [] { return std::uint64_t{0}; };
  /// Takes over which apps are configured. @return what was kept of those that were not before.
  std::function<state::AppMemories(const std::set<state::AppKey>&)> configure =
      [](const std::set<state::AppKey>&) { return state::AppMemories{}; };
  /// The host of a worker that entered STATUS_ERROR, empty if unknown; called once that may be
  /// shown.
  std::function<void(std::string_view)> on_worker_error = [](std::string_view) {};
};

/// Polls every app on its schedule and publishes what it finds. An app's poll is two listings under
/// one deadline, never overlaps itself, and touches nothing of another app's. The live listing
/// alone makes a poll succeed; a history listing that fails is asked for less and less often. Not
/// thread-safe; owned by one thread, but for `reconfigure` and `last_turn`.
class Poller {
 public:
  /// `client`, `clock` and `store` must outlive the poller. Publishes a snapshot of each app that
  /// says nothing yet.
  Poller(PollerOptions options, PollerHooks hooks, const config::Config& config,
         api::Client& client, const Clock& clock, state::SnapshotStore& store);

  /// Polls until stopped. A stop ends it at once, in the middle of a poll too, and for good.
  void run(const std::stop_token& stop);

  /// One turn of the loop: takes a new configuration, starts what is due, waits until something
  /// happens but no longer than a second, handles it.
  void turn();

  /// Writes the lines of the log that wait for more of their kind. `run` does so at its end.
  void flush_log();

  /// Polls by another configuration from the next turn on, which begins at once. An app that is
  /// configured as before goes on as if nothing had happened. One that is configured otherwise
  /// keeps its memory, unless its endpoint is another, and is polled at once if the change matters
  /// to polls. One that is new is polled at once, one that fails too, unless the platform asked for
  /// quiet. One that comes back goes on with what was kept of it. The snapshots of those that are
  /// gone go in one step with all else. Thread-safe.
  /// @return ready when the configuration is in use, true; or false if it never will be, since the
  ///         polling has ended.
  [[nodiscard]] std::future<bool> reconfigure(config::Config config);

  /// Takes back a configuration that is not in use yet. Thread-safe.
  /// @return whether there was one: if not, it is in use or just being put to use.
  [[nodiscard]] bool withdraw();

  /// When the loop last turned, for the health check. Thread-safe.
  [[nodiscard]] SteadyTime last_turn() const;

 private:
  struct OpenPoll {
    std::uint64_t number;  ///< the id of its requests
    SteadyTime started;
    SteadyTime deadline;
    bool asks_history = true;               ///< false: it failed lately
    std::optional<Timestamp> date = {};     ///< of the latest answer
    std::optional<api::Listing> live = {};  ///< once the first of the two listings is there
  };
  /// What a good poll counted, while it is not shown.
  struct Unshown {
    std::uint64_t keeping;
    std::shared_ptr<const state::AppCounters> counters;
    std::vector<std::string> errored_devices;
  };
  struct Target {
    config::AppConfig config;
    std::size_t place = 0;  ///< in the store
    std::chrono::milliseconds phase{};
    state::AppMemory memory = {};
    state::AppSnapshot shown = {};  ///< as last published
    std::vector<Unshown> unshown = {};
    std::shared_ptr<const state::AppCounters> restored = {};  ///< from an earlier run, until shown
    std::optional<RequestBudget> budget = {};                 ///< nothing: the common one
    std::optional<OpenPoll> open = {};
    SteadyTime due;                  ///< of the next poll
    SteadyTime queued;               ///< its time in `due_`; later than `due` if the budget says so
    bool granted = false;            ///< the budget has given the next poll its requests
    SteadyTime quiet_until;          ///< the platform asked not to be asked before
    SteadyTime history_quiet_until;  ///< likewise, for the history
    unsigned failures_in_row = 0;
    unsigned history_failures_in_row = 0;
    unsigned polls_without_history = 0;  ///< so many still do without
    state::HistorySums history = {};     ///< what the last one told, see `shown`
  };
  using Targets = std::map<std::uint64_t, Target>;  ///< by a number that each app is given
  struct Reconfiguration {
    config::Config config;
    std::promise<bool> done;
  };

  void take_configuration();
  void refuse_configurations();
  void configure(const config::Config& config);
  void watch(std::uint64_t id, const config::AppConfig& app, state::AppMemory memory);
  void change(std::uint64_t id, Target& target, config::AppConfig app);
  void abandon(Target& target);
  void schedule(std::uint64_t id, Target& target, SteadyTime when);
  void start_due_polls();
  void request(const Target& target, api::ListingKind kind);
  void handle(api::ListingAnswer answer);
  void succeed(std::uint64_t id, Target& target, const api::Listing* history);
  void note_history(Target& target);
  void show_fleet(Target& target, bool with_history);
  void fail(std::uint64_t id, Target& target, api::ListingKind kind, const Error& error);
  void fail_poll(std::uint64_t id, Target& target, const Error& error);
  void do_without_history(Target& target);
  void fail_history(Target& target, const Error& error);
  void finish(std::uint64_t id, Target& target, SteadyTime not_before);
  void publish(const Target& target);
  void report_unknown_enum_values(const api::Listing& listing);
  void report_unreadable(Target& target, const api::Listing& listing);
  void keep(Target& target, const state::Reduced& reduced);
  void show_kept();
  bool show_kept(Target& target, std::uint64_t kept) const;

  PollerOptions options_;
  PollerHooks hooks_;
  api::Client& client_;
  const Clock& clock_;
  state::SnapshotStore& store_;
  SteadyTime origin_;
  RequestBudget common_budget_;
  Targets targets_;
  std::set<std::pair<SteadyTime, std::uint64_t>> due_;  ///< `queued` of the targets; not open ones
  std::map<std::uint64_t, std::uint64_t> open_polls_;   ///< the target of each, by its number
  std::uint64_t last_id_ = 0;                           ///< of a target or a poll
  std::uint64_t kept_ = 0;                              ///< what was kept and is shown
  TroubleLog trouble_log_;
  TroubleLog history_trouble_log_;
  SkippedLog skipped_log_;
  std::set<std::string, std::less<>> logged_enum_values_;
  std::atomic<SteadyTime::rep> last_turn_;
  std::mutex mutex_;
  std::optional<Reconfiguration> reconfiguration_;  ///< to be taken; guarded by `mutex_`
  bool ended_ = false;                              ///< none will be taken; guarded by `mutex_`
};

}  // namespace everai::poll
