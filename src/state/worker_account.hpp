#pragma once

#include <optional>

#include "state/reduce.hpp"

namespace everai::state {

/// Books what one poll tells of single workers: see `reduce`. Lives for one poll of one app.
/// Not thread-safe.
class WorkerAccount {
 public:
  /// @param result  where the counters are, and what else is to be told; must outlive the account.
  /// @param new_since  the earliest creation, by the platform's clock, of a worker that is new if
  /// it
  ///                   is not remembered; nothing at the first good poll.
  WorkerAccount(Reduced& result, std::optional<Timestamp> new_since, Timestamp now)
      : result_(result), counters_(result.memory.counters), new_since_(new_since), now_(now) {}

  /// Books a worker that is remembered.
  void book_known(WorkerMemory& worker, const FleetWorker& listed);

  /// Books a worker that is not. @return what to remember of it.
  [[nodiscard]] WorkerMemory book_new(const FleetWorker& listed);

 private:
  void count_requests(WorkerMemory& worker, const FleetWorker& listed);
  void add_requests(const FleetWorker& listed, std::uint64_t success, std::uint64_t failed);
  void count_life(WorkerMemory& worker, const api::Worker& record);
  void count_error(const api::Worker& record);
  void count_end(const WorkerMemory& worker, const api::Worker& record);
  std::optional<double> seconds_between(const std::optional<Timestamp>& from,
                                        const std::optional<Timestamp>& to, std::string_view field);

  Reduced& result_;
  AppCounters& counters_;
  std::optional<Timestamp> new_since_;
  Timestamp now_;
};

}  // namespace everai::state
