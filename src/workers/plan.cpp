#include "workers/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "state/worker_state.hpp"
#include "util/text.hpp"
#include "workers/progress.hpp"

namespace everai::workers {
namespace {

using state::WorkerState;

WorkerState state_of(const state::FleetWorker& worker) {
  return state::worker_state(worker.record.status, worker.record.detail_status);
}

/// Of the workers that are there, the ids of those that fit.
std::vector<std::string> ids_of(const state::Fleet& fleet,
                                bool (*fits)(const state::FleetWorker&)) {
  std::vector<std::string> ids;
  for (const state::FleetWorker& worker : fleet.workers) {
    if (worker.present && fits(worker)) {
      ids.emplace_back(worker.record.id);
    }
  }
  return ids;
}

/// A refusal for want of workers, or for want of knowledge if a look may lack some.
tl::unexpected<Error> refuse(const Look& look, const std::string& why) {
  if (look.history_error) {
    return fail(look.history_error->code, fmt::format("{}, and those in error are not known: {}",
                                                      why, look.history_error->message));
  }
  return look.is_complete()
             ? fail(ErrorCode::kNotFound, why)
             : fail(ErrorCode::kPayload, why + ", and it is not known whether all are listed");
}

}  // namespace

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

bool is_much(std::uint64_t count, std::size_t present) {
  return count > std::max<std::uint64_t>(kManyWorkers, 2 * present);
}

std::vector<std::string> serving_ids(const state::Fleet& fleet) {
  return ids_of(fleet, [](const state::FleetWorker& worker) {
    const WorkerState state = state_of(worker);
    return state != WorkerState::kError && state != WorkerState::kUnavailable &&
           state != WorkerState::kRemoving;
  });
}

std::size_t count_present(const state::Fleet& fleet) {
  return static_cast<std::size_t>(
      std::count_if(fleet.workers.begin(), fleet.workers.end(),
                    [](const state::FleetWorker& worker) { return worker.present; }));
}

std::vector<std::string> removable_ids(const state::Fleet& fleet) {
  return ids_of(fleet, [](const state::FleetWorker& worker) {
    return state_of(worker) != WorkerState::kRemoving;
  });
}

std::optional<Error> doubt_of_count(const Look& look) {
  std::string why;
  if (look.live.skipped > 0) {
    why = fmt::format("{} cannot be read", plural(look.live.skipped, "worker"));
  } else if (!look.cut.empty()) {
    why = look.cut;
  } else if (look.full_page) {
    why = fmt::format("{} are listed, which may be one page of more", look.live.workers.size());
  } else {
    return std::nullopt;
  }
  return Error{ErrorCode::kPayload, "it is not known how many workers there are: " + why};
}

Result<void> check_workers(const std::vector<std::string>& ids, const Look& look) {
  for (const std::string& id : ids) {
    const state::FleetWorker* found = find_worker(look.fleet, id);
    if (found != nullptr && found->present) {
      continue;
    }
    if (found != nullptr) {
      return fail(ErrorCode::kNotFound, fmt::format("worker {} has ended", printable(id)));
    }
    return refuse(look, fmt::format("worker {} is not listed", printable(id)));
  }
  return {};
}

Result<void> check_removable(std::uint64_t wanted, const Look& look) {
  const std::size_t there = removable_ids(look.fleet).size();
  if (wanted > there) {
    return refuse(look, fmt::format("{} can be removed, not {}", plural(there, "worker"), wanted));
  }
  return {};
}

std::string describe_workers(const std::vector<std::string>& ids, const state::Fleet& fleet) {
  std::string text;
  for (const std::string& id : ids) {
    const state::FleetWorker* found = find_worker(fleet, id);
    if (found == nullptr) {
      text += fmt::format("  {}  not listed\n", printable(id));
      continue;
    }
    const api::Worker& record = found->record;
    text += fmt::format("  {}  {}{}{}\n", printable(id), to_string(record.status),
                        found->present ? "" : ", not there any more",
                        record.session_number == 0
                            ? ""
                            : fmt::format(", {}: it may stay until they end",
                                          plural(record.session_number, "open session")));
  }
  return text;
}

std::vector<std::string> gaps_of(const Look& look) {
  std::vector<std::string> lines;
  const auto add_skipped = [&lines](api::ListingKind kind, const api::Listing& listing) {
    if (listing.skipped > 0) {
      lines.push_back(fmt::format("{}: {} left out that cannot be read: {}", api::title_of(kind),
                                  plural(listing.skipped, "worker"), listing.skip_reason));
    }
  };
  add_skipped(api::ListingKind::kLive, look.live);
  if (look.history) {
    add_skipped(api::ListingKind::kHistory, *look.history);
  }
  if (look.history_error) {
    lines.push_back(look.history_error->message +
                    "; workers in error and those that ended are not shown");
  }
  if (!look.cut.empty()) {
    lines.push_back(look.cut);
  }
  return lines;
}

}  // namespace everai::workers
