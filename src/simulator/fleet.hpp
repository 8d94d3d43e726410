#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

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

/// What has truly happened since the start; what a monitor should arrive at. The workers that a
/// warm fleet begins with are not in it, nor is what they had served.
struct Truth {
  std::uint64_t success = 0;
  std::uint64_t failed = 0;
  std::uint64_t workers_created = 0;

  bool operator==(const Truth&) const = default;
};

/// The workers, the queue and the autoscaler of one app. It lives in ticks; its state is a function
/// of what it was made with and of the calls made on it. Not thread-safe; owned by the World.
class Fleet {
 public:
  Fleet(AppProfile profile, FleetSetup setup, Random random);

  /// Lives through the tick that ends at `now`.
  void step(Timestamp now, std::chrono::microseconds tick);

  /// Creates workers, at most up to the app's `max_workers`. @return their ids.
  std::vector<std::string> scale_up(std::uint64_t count);

  /// Removes the workers with these ids, or, if none are given, `count` of them, free ones first.
  /// A worker with a session stays. A worker finishes its request before it ends.
  /// @return kNotFound, and nothing is removed, if an id is that of no live worker.
  [[nodiscard]] Result<void> scale_down(const std::vector<std::string>& ids, std::uint64_t count);

  /// No more requests come; those that wait are still served.
  void stop_traffic() { traffic_.stop(); }

  [[nodiscard]] const AppProfile& profile() const { return profile_; }
  /// The live workers, and errored ones whose record is yet to get its `deletedAt`; oldest first.
  [[nodiscard]] const std::vector<Worker>& workers() const { return workers_; }
  /// The ended workers that are still remembered, first ended first.
  [[nodiscard]] const std::deque<Worker>& history() const { return history_; }
  [[nodiscard]] const Truth& truth() const { return truth_; }
  [[nodiscard]] std::uint64_t queue_size() const { return queue_size_; }
  [[nodiscard]] const std::string& app_id() const { return app_id_; }
  [[nodiscard]] const std::string& user_id() const { return user_id_; }
  [[nodiscard]] std::optional<Timestamp> last_scale_up() const { return last_scale_up_; }
  [[nodiscard]] std::optional<Timestamp> last_scale_down() const { return last_scale_down_; }
  [[nodiscard]] FleetFigures figures() const;

 private:
  [[nodiscard]] Worker make_worker(Timestamp created_at);
  void add_start_workers();
  std::string create_worker(std::string replaces);
  void live(Worker& worker);
  void start(Worker& worker);
  void serve(Worker& worker);
  void befall(Worker& worker);
  void finish_request(Worker& worker, bool failed, Timestamp at);
  void become_ready(Worker& worker);
  void give_out_requests();
  void autoscale();
  void remove(Worker& worker, bool scaled_down);
  std::uint64_t remove_some(std::uint64_t count, bool idle_only);
  void break_down(Worker& worker);
  void roll_out();
  void bury();
  [[nodiscard]] bool is_idle(const Worker& worker) const;
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
  std::vector<Worker> workers_;
  std::deque<Worker> history_;
  std::uint64_t queue_size_ = 0;
  std::optional<Timestamp> last_scale_up_;
  std::optional<Timestamp> last_scale_down_;
  Truth truth_;
};

}  // namespace everai::simulator
