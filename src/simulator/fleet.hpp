#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/faults.hpp"
#include "simulator/random.hpp"
#include "simulator/scenario.hpp"
#include "simulator/traffic.hpp"
#include "simulator/worker.hpp"
#include "util/result.hpp"

namespace everai::simulator {

/// How long an ended worker is remembered, in simulated time.
inline constexpr std::chrono::days kHistoryKept{8};

/// A host that workers run on.
struct Device {
  std::string id;
  std::string address;
};

/// What a fleet is made with besides its app's profile.
struct FleetSetup {
  Timestamp start;
  std::chrono::milliseconds day_length{0};  ///< above 0
  bool warm = true;                         ///< begin with the profile's `start_workers`
  std::vector<Device> devices;              ///< at least one
};

/// Finished requests of a revision.
struct Served {
  std::uint64_t success = 0;
  std::uint64_t failed = 0;

  bool operator==(const Served&) const = default;
};

/// What has truly happened since the start; what a monitor should arrive at. What the workers that
/// a warm fleet begins with had served before is not in it, nor that they were created.
struct Truth {
  std::uint64_t success = 0;
  std::uint64_t failed = 0;
  std::map<std::string, Served> served_by_revision;
  std::uint64_t workers_created = 0;
  std::uint64_t workers_deleted = 0;   ///< those that got their `deletedAt`
  std::uint64_t workers_replaced = 0;  ///< created workers that took another's place
  std::uint64_t worker_errors = 0;     ///< entries into STATUS_ERROR
  std::map<std::string, std::uint64_t> worker_errors_by_device;
  std::uint64_t relaunches = 0;
  std::uint64_t scale_calls = 0;  ///< those that came for this app, whatever was answered
  std::uint64_t scaled_up = 0;    ///< workers that were created by such calls
  std::uint64_t scaled_down = 0;  ///< workers that were removed by such calls

  bool operator==(const Truth&) const = default;
};

/// What a listing tells of a fleet, and what becomes of that with time.
struct FleetState {
  std::vector<Worker> workers;  ///< see Fleet::workers
  std::uint64_t ended = 0;      ///< workers that have ended since the start
  std::uint64_t queue_size = 0;
  std::optional<Timestamp> last_scale_up;
  std::optional<Timestamp> last_scale_down;
};

/// The workers, the queue and the autoscaler of one app. It lives in ticks; its state is a function
/// of what it was made with and of the calls made on it. Not thread-safe; owned by the World.
class Fleet {
 public:
  Fleet(AppProfile profile, FleetSetup setup, Random random);

  /// Lives through the tick that ends at `now`.
  void step(Timestamp now, std::chrono::microseconds tick);

  /// Counts a scale call that has come.
  void count_scale_call() { ++truth_.scale_calls; }

  /// Creates workers, at most up to the app's `max_workers`. @return their ids.
  std::vector<std::string> scale_up(std::uint64_t count);

  /// Removes the workers with these ids, or, if none are given, `count` of them, free ones first.
  /// A worker with a session stays. A worker finishes its request before it ends. One that errored
  /// can be named too: its record is deleted.
  /// @return kNotFound, and nothing is removed, if an id is that of no worker that is not deleted.
  [[nodiscard]] Result<void> scale_down(const std::vector<std::string>& ids, std::uint64_t count);

  /// No more requests come; those that wait are still served.
  void stop_traffic() { traffic_.stop(); }

  /// Begins a new revision: every worker of an older one is replaced.
  void begin_revision() { ++revision_; }

  [[nodiscard]] const Faults& faults() const { return profile_.faults; }
  void set_faults(const Faults& faults);

  [[nodiscard]] const AppProfile& profile() const { return profile_; }
  [[nodiscard]] const FleetState& state() const { return state_; }
  /// Earlier states, oldest first: up to ten, none older than the faults' `stale_age`. There are
  /// some only while there are stale reads.
  [[nodiscard]] const std::deque<FleetState>& past() const { return past_; }
  /// The live workers, and errored ones whose record is yet to get its `deletedAt`; oldest first.
  [[nodiscard]] const std::vector<Worker>& workers() const { return state_.workers; }
  /// The ended workers that are still remembered, first ended first.
  [[nodiscard]] const std::deque<Worker>& history() const { return history_; }
  /// How many of `history` had ended in a state, counted from its front.
  [[nodiscard]] std::size_t history_size(const FleetState& state) const;
  [[nodiscard]] const Truth& truth() const { return truth_; }
  [[nodiscard]] std::uint64_t queue_size() const { return state_.queue_size; }
  [[nodiscard]] const std::string& app_id() const { return app_id_; }
  [[nodiscard]] const std::string& user_id() const { return user_id_; }
  [[nodiscard]] std::optional<Timestamp> last_scale_up() const { return state_.last_scale_up; }
  [[nodiscard]] std::optional<Timestamp> last_scale_down() const { return state_.last_scale_down; }
  [[nodiscard]] FleetFigures figures() const;

 private:
  [[nodiscard]] Worker make_worker(Timestamp created_at);
  void add_start_workers();
  std::string create_worker(std::string replaces);
  void live(Worker& worker);
  void start(Worker& worker);
  void serve(Worker& worker);
  void serve_flash(Worker& worker);
  void befall(Worker& worker);
  void relaunch(Worker& worker);
  void finish_request(Worker& worker, bool failed, Timestamp at);
  void become_ready(Worker& worker);
  void give_out_requests();
  void autoscale();
  void remove(Worker& worker, bool scaled_down);
  void delete_record(Worker& worker);
  std::uint64_t remove_some(std::uint64_t count, bool idle_only);
  void break_down(Worker& worker);
  void roll_out();
  void flash();
  void bury();
  void remember();
  [[nodiscard]] bool is_idle(const Worker& worker) const;
  /// Whether the worker is on one of a share of the hosts, the first ones of the pool.
  [[nodiscard]] bool is_among_devices(const Worker& worker, double share) const;
  /// A worker that is not deleted. @return null if there is none.
  Worker* find(const std::string& id);

  AppProfile profile_;
  std::vector<Device> devices_;
  Random random_;
  Traffic traffic_;
  Timestamp start_;
  Timestamp now_;
  std::chrono::microseconds tick_{0};
  std::string app_id_;
  std::string user_id_;
  std::uint64_t revision_;
  Timestamp next_decision_;
  std::optional<Timestamp> next_rollout_;
  FleetState state_;
  Timestamp next_memory_;
  std::deque<FleetState> past_;
  std::deque<Worker> history_;
  Truth truth_;
};

}  // namespace everai::simulator
