#include "property/witness.hpp"

#include <algorithm>

namespace everai::property {
namespace {

using namespace std::chrono_literals;

constexpr auto kTolerance = 30s;
constexpr auto kMemoryTime = 48h;
constexpr auto kRecent = 24h;

/// Whether the change from what was seen to what is shown now tells of all that was served between.
bool told_of_requests(const ModelWorker& seen, const ModelWorker& later) {
  if (seen.launch_at == later.launch_at) {
    return true;
  }
  const bool fell =
      later.shown.success < seen.shown.success || later.shown.failed < seen.shown.failed;
  const Counts before_launch = later.served - later.shown;
  return before_launch == seen.served && (fell || seen.shown == Counts{});
}

}  // namespace

void Witness::see(const Answers& answers, Timestamp now) {
  for (const auto& [number, shown] : answers.shown) {
    const auto found = known_.find(number);
    if (found == known_.end()) {
      known_.emplace(number, first_known(shown, now));
      continue;
    }
    Known& known = found->second;
    known.lost = known.lost || known.forgotten;
    known.last_shown = now;
    if (shown.at > known.seen_at) {
      known.lost = known.lost || !told_of_requests(known.seen, shown.worker);
      known.lost_errors = known.lost_errors || !told_of_errors(known.seen, shown.worker);
      known.seen = shown.worker;
      known.seen_at = shown.at;
    }
  }
  for (auto& [number, known] : known_) {
    known.forgotten = known.forgotten || known.last_shown + kMemoryTime <= now;
  }
  if (!watch_began_) {
    watch_began_ = now;
  }
  last_answers_ = now;
}

Witness::Known Witness::first_known(const ShownWorker& shown, Timestamp now) const {
  const ModelWorker& worker = shown.worker;
  Known known{.base = worker, .seen = worker, .seen_at = shown.at, .last_shown = now};
  const bool is_new = watch_began_ && worker.created_at >= *watch_began_ - kTolerance &&
                      worker.created_at >= last_answers_ - kMemoryTime + kTolerance;
  if (is_new && shown.with_created_at) {
    known.base = ModelWorker{};
    known.lost = worker.served != worker.shown;
    known.lost_errors = !told_of_errors(known.base, worker);
  }
  return known;
}

Counts Witness::truth(const ModelState& now) const {
  Counts sum;
  for (const auto& [number, known] : known_) {
    sum += now.workers.at(number).served - known.base.served;
  }
  return sum;
}

bool Witness::knows_all(const ModelState& now) const {
  return std::all_of(now.workers.begin(), now.workers.end(), [this](const auto& each) {
    const auto& [number, worker] = each;
    const auto found = known_.find(number);
    if (found == known_.end()) {
      const bool before_watch =
          watch_began_ && worker.deleted_at && *worker.deleted_at + kRecent < *watch_began_;
      return before_watch || worker.served == Counts{};
    }
    return !found->second.lost && found->second.seen.served == worker.served;
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
        return watch_began_ && each.second.deleted_at && *each.second.deleted_at > *watch_began_;
      }));
}

bool Witness::knows_all_lives(const ModelState& now) const {
  return std::all_of(now.workers.begin(), now.workers.end(), [this](const auto& each) {
    const auto& [number, worker] = each;
    const auto found = known_.find(number);
    if (found == known_.end()) {
      return watch_began_ && worker.deleted_at && *worker.deleted_at < *watch_began_;
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
