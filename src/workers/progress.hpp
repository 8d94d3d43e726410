#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "workers/platform.hpp"

/// How far a change has come, by what one look after the other shows. No look alone decides that a
/// worker is gone because it is not listed: an answer may be late, empty, or lack a worker. What
/// decides is the platform's own word, or that many complete looks in a row.
namespace everai::workers {

inline constexpr unsigned kLooksWithoutWorker = 3;

/// How a worker was seen last.
struct SeenWorker {
  std::string id;
  /// In words: a state of `state::WorkerState`, or `ended`, `gone` (not listed any more), `missing`
  /// (not in the last listing), `not_listed` (in none so far).
  std::string_view state;
  bool failed = false;  ///< it will not get there

  bool operator==(const SeenWorker&) const = default;
};

struct Progress {
  std::size_t wanted = 0;
  std::size_t done = 0;    ///< they serve, or are gone
  std::size_t failed = 0;  ///< they will not get there
  /// Those that the change is about: if the platform chose them, those that leave or have left.
  std::vector<SeenWorker> workers = {};

  [[nodiscard]] bool is_over() const { return done + failed >= wanted; }
};

/// How far it has come, such as `1 of 3 serve, 2 starting`. @param meaning  what is done: `serve`.
[[nodiscard]] std::string render_progress(const Progress& progress, std::string_view meaning);

/// Where each of some workers stands. Not thread-safe.
class Presence {
 public:
  /// Takes in a look. To be called once for each worker and look.
  /// @return see SeenWorker::state.
  [[nodiscard]] std::string_view see(const Look& look, const std::string& id);

 private:
  struct Sight {
    bool listed = false;   ///< by some look
    unsigned missing = 0;  ///< complete looks in a row that did not have it
  };
  std::map<std::string, Sight, std::less<>> sights_;
};

/// Follows new workers. One is done if it serves, busy or free; it failed if it is in error, is
/// leaving, has ended or is gone. One that was never listed is waited for.
class NewWorkers {
 public:
  explicit NewWorkers(std::vector<std::string> ids) : ids_(std::move(ids)) {}
  [[nodiscard]] Progress see(const Look& look);

 private:
  std::vector<std::string> ids_;
  Presence presence_;
};

/// Follows workers of which some are to go. One is done if it has ended or is gone. Of more than
/// there are, the rest has failed once all are gone.
class LeavingWorkers {
 public:
  /// @param ids  those that may go, listed when it was asked for. @param wanted  how many of them.
  LeavingWorkers(std::vector<std::string> ids, std::size_t wanted)
      : ids_(std::move(ids)), wanted_(wanted) {}
  [[nodiscard]] Progress see(const Look& look);

 private:
  std::vector<std::string> ids_;
  std::size_t wanted_;
  Presence presence_;
};

/// The worker with this id, present or not; null if the fleet has none. Borrows the fleet.
[[nodiscard]] const state::FleetWorker* find_worker(const state::Fleet& fleet, std::string_view id);

}  // namespace everai::workers
