#include "property/witness.hpp"

#include <algorithm>

namespace everai::property {
namespace {

using namespace std::chrono_literals;

constexpr auto kTolerance = 30s;
/// A worker that is no longer listed is remembered for longer than it is listed by this.
constexpr auto kLongerMemory = 24h;
/// Older records in a row that are tolerated.
constexpr std::uint64_t kTolerated = 3;

/// Whether the change from what was seen to what is shown now tells of all that was served between.
bool told_of_requests(const ModelWorker& seen, const ModelWorker& later) {
  if (seen.resets != later.resets) {
    return false;
  }
  const bool is_another = seen.earlier_lives != later.earlier_lives;
  if (seen.truly_launched == later.truly_launched && !is_another) {
    return true;
  }
  const bool began_anew =
      later.shown.success * 2 < seen.shown.success || later.shown.failed * 2 < seen.shown.failed;
  const Counts before_launch = later.served - later.shown;
  return before_launch == seen.served && (is_another || began_anew || seen.shown == Counts{});
}

}  // namespace

void Witness::see(const Answers& answers, const ModelState& state) {
  const Timestamp now = state.at;
  for (const auto& [number, shown] : answers.shown) {
    const auto found = known_.find(number);
    if (found == known_.end()) {
      known_.emplace(number, first_known(shown, now));
      continue;
    }
    Known& known = found->second;
    known.lost = known.lost || known.forgotten;
    known.last_shown = now;
    known.ever_dated = known.ever_dated || shown.with_created_at;
    const bool waited_in_vain =
        known.waits && (known.seen.truly_launched != shown.worker.truly_launched ||
                        !shown.with_created_at || shown.at < known.seen_at);
    known.lost = known.lost || waited_in_vain;
    const bool in_doubt = date_is_wrong_ || right_dates_ < kDatesToBelieve;
    known.waits = known.waits && in_doubt;
    known.lost = known.lost || (in_doubt && known.seen.earlier_lives != shown.worker.earlier_lives);
    known.older_polls = shown.at < known.seen_at ? known.older_polls + 1 : 0;
    known.lost = known.lost || known.older_polls > kTolerated;
    if (shown.at > known.seen_at) {
      const bool is_undated_other = known.seen.earlier_lives != shown.worker.earlier_lives &&
                                    !(known.seen_dated && shown.with_created_at);
      known.lost = known.lost || is_undated_other || !told_of_requests(known.seen, shown.worker);
      known.seen_dated = shown.with_created_at;
      known.lost_errors = known.lost_errors || !told_of_errors(known.seen, shown.worker);
      known.seen = shown.worker;
      known.seen_at = shown.at;
    }
  }
  for (auto& [number, known] : known_) {
    if (!known.forgotten && known.last_shown + state.recent + kLongerMemory <= now) {
      known.forgotten = true;
      forgotten_until_ = std::max(forgotten_until_,
                                  (known.ever_dated ? known.seen.truly_created : now) + kTolerance);
    }
  }
  if (!watch_began_) {
    watch_began_ = now;
  }
}

Witness::Known Witness::first_known(const ShownWorker& shown, Timestamp now) const {
  const ModelWorker& worker = shown.worker;
  Known known{.base = worker,
              .seen = worker,
              .seen_at = shown.at,
              .last_shown = now,
              .ever_dated = shown.with_created_at,
              .seen_dated = shown.with_created_at};
  const bool is_new = watch_began_ && worker.says_created >= *watch_began_ - kTolerance;
  if (watch_began_ && (is_new || clock_is_odd_) && shown.with_created_at) {
    known.base = ModelWorker{};
    known.waits = date_is_wrong_ || right_dates_ < kDatesToBelieve;
    known.lost = (known.waits && !has_date_) || worker.served != worker.shown || !is_new ||
                 worker.truly_created <= forgotten_until_;
    known.lost_errors = !told_of_errors(known.base, worker);
  }
  return known;
}

void Witness::see_clock(const Event& poll, std::chrono::seconds our_lead, bool is_first) {
  const Answer& answer = poll.answer;
  const bool is_wrong = answer.date_error != 0s || (answer.no_date && our_lead != 0s);
  clock_is_odd_ = clock_is_odd_ || is_wrong;
  // Two clocks that are wrong in the same way outvote the steady one.
  const bool agrees = std::chrono::abs(our_lead - answer.date_error) <= 2 * kTolerance;
  clock_lost_ = clock_lost_ || (is_wrong && agrees);
  wrong_dates_ = is_wrong ? wrong_dates_ + 1 : 0;
  clock_lost_ = clock_lost_ || wrong_dates_ >= kDatesToBelieve;
  has_date_ = !answer.no_date;
  date_is_wrong_ = is_wrong || (answer.no_date && date_is_wrong_);
  if (is_wrong && is_first && !watch_began_) {
    right_dates_ = 0;
  } else if (is_wrong) {
    clock_lost_ = clock_lost_ || is_first || answer.no_date || right_dates_ < kDatesToBelieve;
  } else if (!answer.no_date) {
    right_dates_ = std::min(right_dates_ + 1, kDatesToBelieve);
  }
}

void Witness::see_event(const Event& event) {
  const bool restarts = event.kind == EventKind::kRestart || event.kind == EventKind::kCrash ||
                        event.kind == EventKind::kTakeOut || event.kind == EventKind::kMove;
  if ((restarts || event.kind == EventKind::kRelaunch) && right_dates_ < kDatesToBelieve) {
    clock_lost_ = true;
  }
}

Counts Witness::truth(const ModelState& now) const {
  Counts sum;
  for (const auto& [number, known] : known_) {
    sum += now.workers.at(number).served - known.base.served;
  }
  return sum;
}

bool Witness::knows_all(const ModelState& now) const {
  return !clock_lost_ &&
         std::all_of(now.workers.begin(), now.workers.end(), [this, &now](const auto& each) {
           const auto& [number, worker] = each;
           const auto found = known_.find(number);
           if (found == known_.end()) {
             const bool before_watch = watch_began_ && worker.truly_deleted &&
                                       *worker.truly_deleted + now.recent < *watch_began_;
             return before_watch || worker.served == Counts{};
           }
           return !found->second.lost && !found->second.waits &&
                  found->second.seen.served == worker.served;
         });
}

std::uint64_t Witness::created(const ModelState& now) const {
  return static_cast<std::uint64_t>(
      std::count_if(now.workers.begin(), now.workers.end(), [this](const auto& each) {
        return watch_began_ && each.second.truly_created > *watch_began_;
      }));
}

std::uint64_t Witness::deleted(const ModelState& now) const {
  return static_cast<std::uint64_t>(
      std::count_if(now.workers.begin(), now.workers.end(), [this](const auto& each) {
        return watch_began_ && each.second.truly_deleted &&
               *each.second.truly_deleted > *watch_began_;
      }));
}

bool Witness::knows_all_lives(const ModelState& now) const {
  return std::all_of(now.workers.begin(), now.workers.end(), [this](const auto& each) {
    const auto& [number, worker] = each;
    const auto found = known_.find(number);
    if (found == known_.end()) {
      return watch_began_ && worker.truly_deleted && *worker.truly_deleted < *watch_began_;
    }
    return found->second.seen.deleted_at == worker.deleted_at;
  });
}

std::uint64_t Witness::errors(const ModelState& now) const {
  std::uint64_t sum = 0;
  for (const auto& [number, known] : known_) {
    sum += now.workers.at(number).errors - known.base.errors;
  }
  return sum;
}

bool Witness::knows_all_errors(const ModelState& now) const {
  return std::all_of(known_.begin(), known_.end(), [&now](const auto& each) {
    const auto& [number, known] = each;
    return !known.lost_errors && known.seen.errors == now.workers.at(number).errors;
  });
}

bool Witness::told_of_errors(const ModelWorker& seen, const ModelWorker& later) {
  return later.errors == seen.errors ||
         (later.errors == seen.errors + 1 && later.in_error && !later.deleted_at);
}

}  // namespace everai::property
