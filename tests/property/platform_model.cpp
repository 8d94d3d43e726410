#include "property/platform_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "api/listing.hpp"

namespace everai::property {
namespace {

using namespace std::chrono_literals;

/// The least between two containers of one worker, or two workers of one id.
constexpr auto kLeastLife = 2s;
constexpr auto kLeastBetweenIds = 62s;
/// No answer is older than this.
constexpr auto kLongestStaleness = 10min;

enum class ListingOf : std::uint8_t { kLive, kHistory };

bool is_listed(const ModelWorker& worker, ListingOf kind, const ModelState& state) {
  if (kind == ListingOf::kLive) {
    return worker.in_live_listing && !worker.deleted_at;
  }
  return worker.in_history_listing &&
         (!worker.truly_deleted || state.at - *worker.truly_deleted <= state.recent);
}

std::string_view status_of(const ModelWorker& worker) {
  if (worker.deleted_at) {
    return "STATUS_TERMINATED";
  }
  if (worker.in_error) {
    return "STATUS_ERROR";
  }
  return worker.launch_at ? "STATUS_RUNNING" : "STATUS_PENDING";
}

std::string render_worker(std::uint64_t number, const ModelWorker& worker, const Answer& answer) {
  std::string text = fmt::format(R"({{"id":"w{:03}")", number);
  const auto add_time = [&](std::string_view name, const std::optional<Timestamp>& time,
                            bool left_out) {
    if (time && !left_out) {
      const std::string whole = render_rfc3339(*time);
      const std::string cut = whole.substr(0, whole.find('.')) + "Z";
      text += fmt::format(R"(,"{}":"{}")", name, answer.cut_digits ? cut : whole);
    }
  };
  const auto add_count = [&text](std::string_view name, std::uint64_t count) {
    if (count > 0) {
      text += fmt::format(R"(,"{}":"{}")", name, count);
    }
  };
  if (!answer.no_status) {
    text += fmt::format(R"(,"status":"{}")", status_of(worker));
  }
  add_time("createdAt", worker.created_at, answer.no_created);
  add_time("launchAt", worker.launch_at, answer.no_launch);
  add_time("lastServeAt", worker.last_serve_at, answer.no_last_serve);
  add_time("deletedAt", worker.deleted_at, answer.no_deleted);
  add_count("successCount", worker.shown.success);
  add_count("failedCount", worker.shown.failed);
  return text + "}";
}

/// @param earlier  where the duplicates are from.
std::string render_listing(const ModelState& state, const ModelState& earlier, ListingOf kind,
                           const Answer& answer) {
  std::vector<std::string> duplicates;
  std::vector<std::string> records;
  for (const auto& [number, worker] : state.workers) {
    if (!is_listed(worker, kind, state)) {
      continue;
    }
    records.push_back(render_worker(number, worker, answer));
    if (const auto old = earlier.workers.find(number);
        answer.duplicated && old != earlier.workers.end()) {
      duplicates.push_back(render_worker(number, old->second, answer));
    }
  }
  if (answer.shuffled) {
    std::reverse(records.begin(), records.end());
  }
  duplicates.insert(duplicates.end(), records.begin(), records.end());
  return fmt::format(R"({{"workers":[{}]}})", fmt::join(duplicates, ","));
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  success += other.success;
  failed += other.failed;
  return *this;
}

Counts Counts::operator-(const Counts& other) const {
  return {success - other.success, failed - other.failed};
}

void PlatformModel::apply(const Event& event) {
  ModelState next = now();
  next.at += event.kind == EventKind::kPass ? event.seconds : 1s;
  if (event.kind == EventKind::kStepPlatformClock) {
    next.lead += event.seconds;
  } else if (event.kind == EventKind::kSetMemory) {
    next.recent = event.seconds;
  } else if (event.kind == EventKind::kCreate) {
    next.workers.try_emplace(event.worker, ModelWorker{.created_at = next.clock() + event.seconds,
                                                       .truly_created = next.at,
                                                       .says_created = next.at + event.seconds});
  } else if (const auto found = next.workers.find(event.worker); found != next.workers.end()) {
    apply(event.kind, event, found->second, next);
  }
  states_.push_back(std::move(next));
}

void PlatformModel::apply(EventKind kind, const Event& event, ModelWorker& worker,
                          const ModelState& state) {
  if (kind == EventKind::kRecreate) {
    if (worker.deleted_at && state.at - worker.truly_created >= kLeastBetweenIds) {
      worker = ModelWorker{.created_at = state.clock(),
                           .truly_created = state.at,
                           .says_created = state.at,
                           .in_live_listing = worker.in_live_listing,
                           .in_history_listing = worker.in_history_listing,
                           .errors = worker.errors,
                           .earlier_lives = worker.earlier_lives + 1,
                           .served = worker.served};
    }
    return;
  }
  if (worker.deleted_at && kind < EventKind::kHide) {
    return;
  }
  const bool can_serve = worker.launch_at && !worker.in_error;
  const bool can_launch = kind == EventKind::kLaunch
                              ? !worker.launch_at && !worker.in_error
                              : state.at - worker.truly_launched >= kLeastLife;
  if (kind == EventKind::kServe && can_serve) {
    const Counts counts{event.success, event.failed};
    worker.shown += counts;
    worker.served += counts;
    worker.last_serve_at = state.clock();
  } else if ((kind == EventKind::kLaunch || (kind == EventKind::kRelaunch && worker.launch_at)) &&
             can_launch) {
    worker.launch_at = state.clock();
    worker.truly_launched = state.at;
    worker.last_serve_at = worker.launch_at;
    worker.shown = {};
    worker.in_error = false;
  } else if (kind == EventKind::kReset) {
    worker.resets += worker.shown == Counts{} ? 0U : 1U;
    worker.shown = {};
  } else if (kind == EventKind::kError) {
    worker.errors += worker.in_error ? 0U : 1U;
    worker.in_error = true;
  } else if (kind == EventKind::kDelete) {
    worker.deleted_at = state.clock();
    worker.truly_deleted = state.at;
  } else if (kind == EventKind::kHide || kind == EventKind::kVanish || kind == EventKind::kShow) {
    worker.in_live_listing = kind == EventKind::kShow;
    worker.in_history_listing = kind != EventKind::kVanish;
  }
}

Answers PlatformModel::answer(const Answer& answer) const {
  const ModelState& live = before(answer.live_age);
  const ModelState& history = before(answer.history_age);
  const ModelState& earlier = before(states_.size());
  const auto parse = [&](const ModelState& state, ListingOf kind) {
    const std::string body = render_listing(state, earlier, kind, answer);
    return api::parse_listing(api::PaddedText(body)).value();
  };
  Answers answers{parse(live, ListingOf::kLive), std::nullopt, {}};
  // Where both have a worker, the history's record counts.
  const auto note = [&](const ModelState& state, ListingOf kind) {
    for (const auto& [number, worker] : state.workers) {
      if (is_listed(worker, kind, state)) {
        answers.shown.try_emplace(number, ShownWorker{worker, state.at, !answer.no_created});
      }
    }
  };
  if (!answer.no_history) {
    answers.history = parse(history, ListingOf::kHistory);
    note(history, ListingOf::kHistory);
  }
  note(live, ListingOf::kLive);
  return answers;
}

const ModelState& PlatformModel::before(std::uint64_t events) const {
  std::size_t index = states_.size() - 1;
  for (; events > 0 && index > 0 && now().at - states_[index - 1].at <= kLongestStaleness;
       --events) {
    --index;
  }
  return states_[index];
}

}  // namespace everai::property
