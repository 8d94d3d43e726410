#pragma once

#include <optional>

#include "state/reduce.hpp"

namespace everai::state {

/// Which of the workers that are not remembered are new, by their creation: those that may have
/// been there before the watch, or been forgotten, are not.
struct Newcomers {
  Timestamp since;     ///< those created then or later are new
  Timestamp possible;  ///< while the clock is in doubt, those created between are told later
  std::optional<Timestamp> forgotten_until;  ///< but none created up to then is new
};

/// Books what one poll tells of single workers: see `reduce`. Lives for one poll of one app.
/// Not thread-safe.
class WorkerAccount {
 public:
  struct Options {
    std::optional<Newcomers> newcomers;  ///< nothing at the first successful poll
    Timestamp now;                       ///< the platform's
    /// How long a worker may not have been seen whose readiness is dated by this poll; nothing: the
    /// last poll is too long ago to date any.
    std::optional<std::chrono::milliseconds> longest_gap;
  };

  /// @param result  where the counters are, and what else is to be told; must outlive the account.
  WorkerAccount(Reduced& result, Options options)
      : result_(result), counters_(result.memory.counters), options_(options) {}

  /// Books a worker that is remembered.
  void book_known(WorkerMemory& worker, const FleetWorker& listed);

  /// Books a worker that is not. @return what to remember of it; nothing if that is told later.
  [[nodiscard]] std::optional<WorkerMemory> book_new(const FleetWorker& listed);

  /// Books that neither listing has a remembered worker. @param for_the_last_time  it is forgotten.
  void book_missing(WorkerMemory& worker, bool for_the_last_time);

 private:
  enum class Age : std::uint8_t { kNew, kOld, kUnclear };

  [[nodiscard]] Age age_of(const api::Worker& record) const;
  void believe_stale(WorkerMemory& worker, const api::Worker& record);
  void count_requests(WorkerMemory& worker, const FleetWorker& listed);
  void count_lower(WorkerMemory& worker, const FleetWorker& listed, bool relaunched);
  void add_requests(const FleetWorker& listed, std::uint64_t success, std::uint64_t failed);
  void count_life(WorkerMemory& worker, const api::Worker& record);
  void count_error(const api::Worker& record);
  void count_end(WorkerMemory& worker, const std::optional<Timestamp>& ended_at);
  std::optional<double> seconds_between(const std::optional<Timestamp>& from,
                                        const std::optional<Timestamp>& to, std::string_view field);

  Reduced& result_;
  AppCounters& counters_;
  Options options_;
};

}  // namespace everai::state
