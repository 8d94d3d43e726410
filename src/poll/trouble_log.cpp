#include "poll/trouble_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/text.hpp"

namespace everai::poll {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// The longest pause of an app, the longest time that a recovery must last, and how often the
/// failures that go on are said.
constexpr std::chrono::hours kHour{1};
/// A single blip of success between failures is no recovery.
constexpr unsigned kGoodPolls = 2;

/// A batch is complete if no more came for so long, or some wait for so long. The polls of
/// 200 apps, 50 a second after a start, are one batch.
constexpr seconds kComplete{1};
constexpr seconds kLongestWait{8};
constexpr seconds kFirstDistance{5};
constexpr seconds kLongestDistance{60};
/// Of the 200 bytes of a field of the log.
constexpr std::size_t kNamesBytes = 160;

minutes longer(minutes time) {
  return time == minutes{0} ? minutes{1} : std::min<minutes>(2 * time, kHour);
}

std::size_t index_of(ErrorCode reason) {
  return static_cast<std::size_t>(reason);
}

bool is_due(SteadyTime first, SteadyTime latest, SteadyTime now) {
  return now >= latest + kComplete || now >= first + kLongestWait;
}

}  // namespace

void TroubleLog::failed(const api::AppRef& app, const Error& error, SteadyTime now) {
  Trouble& trouble = troubles_[app];
  withdraw_recovery(app, trouble);
  trouble.latest = error;
  ++trouble.failed_polls;
  trouble.failed_this_hour = true;
  trouble.good_polls_in_row = 0;
  if (!next_summary_) {
    next_summary_ = now + kHour;
  }
  const std::size_t batch = index_of(error.code);
  Pause& pause = trouble.pauses.at(batch);
  // What waits is said first; a later poll comes back to what is true then.
  if (trouble.said == error.code || now < pause.until || trouble.waits_in) {
    return;
  }
  trouble.said = error.code;
  pause.length = longer(pause.length);
  pause.until = now + pause.length;
  add(batch, app, trouble, now);
}

void TroubleLog::succeeded(const api::AppRef& app, SteadyTime now) {
  const auto found = troubles_.find(app);
  if (found == troubles_.end()) {
    return;
  }
  Trouble& trouble = found->second;
  if (++trouble.good_polls_in_row == 1) {
    trouble.works_since = now;
  }
  const SteadyTime::duration works_for = now - trouble.works_since;
  if (trouble.waits_in) {
    return;
  }
  if (trouble.said && trouble.good_polls_in_row >= kGoodPolls && works_for >= trouble.must_last) {
    add(kRecoveries, app, trouble, now);
    trouble.said.reset();
    trouble.failed_polls = 0;
    trouble.failed_this_hour = false;
    trouble.must_last = longer(trouble.must_last);
  } else if (!trouble.said && !trouble.failed_this_hour && works_for >= kHour) {
    troubles_.erase(found);
  }
}

void TroubleLog::forget(const api::AppRef& app) {
  const auto found = troubles_.find(app);
  if (found == troubles_.end()) {
    return;
  }
  if (found->second.waits_in) {
    batches_.at(*found->second.waits_in).items.erase(app);
  }
  troubles_.erase(found);
}

std::vector<TroubleLine> TroubleLog::due(SteadyTime now) {
  std::vector<TroubleLine> lines;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    const Batch& batch = batches_.at(i);
    if (!batch.items.empty() && is_due(batch.first, batch.latest, now) &&
        (!batch.taken_at || now >= *batch.taken_at + batch.distance)) {
      take(i, now, lines);
    }
  }
  if (next_summary_ && now >= *next_summary_) {
    take_summary(now, lines);
  }
  return lines;
}

std::vector<TroubleLine> TroubleLog::rest(SteadyTime now) {
  std::vector<TroubleLine> lines;
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    take(i, now, lines);
  }
  return lines;
}

void TroubleLog::add(std::size_t batch, const api::AppRef& app, Trouble& trouble, SteadyTime now) {
  Batch& to = batches_.at(batch);
  if (to.items.empty()) {
    to.first = now;
  }
  if (to.taken_at && now >= *to.taken_at + kLongestDistance) {
    to.distance = seconds{0};
  }
  to.latest = now;
  to.items.emplace(app, Item{*trouble.said, trouble.latest.message, trouble.failed_polls});
  trouble.waits_in = batch;
}

/// One that did not last until it was said was none.
void TroubleLog::withdraw_recovery(const api::AppRef& app, Trouble& trouble) {
  if (trouble.waits_in == kRecoveries) {
    const auto item = batches_.at(kRecoveries).items.extract(app);
    trouble.said = item.mapped().reason;
    trouble.failed_polls = item.mapped().failed_polls;
    trouble.waits_in.reset();
  }
}

void TroubleLog::take(std::size_t batch, SteadyTime now, std::vector<TroubleLine>& lines) {
  Batch& from = batches_.at(batch);
  for (const auto& [app, item] : from.items) {
    troubles_.at(app).waits_in.reset();
  }
  append(batch == kRecoveries ? TroubleLine::Event::kRecovered : TroubleLine::Event::kFailed,
         from.items, lines);
  from.items.clear();
  from.distance =
      from.distance == seconds{0} ? kFirstDistance : std::min(2 * from.distance, kLongestDistance);
  from.taken_at = now;
}

void TroubleLog::take_summary(SteadyTime now, std::vector<TroubleLine>& lines) {
  std::array<Items, kPollFailureReasons> failing;
  for (auto& [app, trouble] : troubles_) {
    if (trouble.failed_this_hour || (trouble.said && trouble.good_polls_in_row == 0)) {
      failing.at(index_of(trouble.latest.code))
          .emplace(app, Item{trouble.latest.code, trouble.latest.message, trouble.failed_polls});
    }
    trouble.failed_this_hour = false;
  }
  for (const Items& items : failing) {
    append(TroubleLine::Event::kStillFails, items, lines);
  }
  next_summary_ = now + kHour;
  if (troubles_.empty()) {
    next_summary_.reset();
  }
}

/// A line for each, or one for all.
void TroubleLog::append(TroubleLine::Event event, const Items& items,
                        std::vector<TroubleLine>& lines) {
  if (items.size() <= kSaidSingly) {
    for (const auto& [app, item] : items) {
      lines.push_back({event, 1, api::to_string(app), item.reason, item.error, item.failed_polls});
    }
    return;
  }
  TroubleLine line{.event = event,
                   .apps = items.size(),
                   .names = {},
                   .reason = items.begin()->second.reason,
                   .error = items.begin()->second.error};
  std::vector<std::string> names;
  for (const auto& [app, item] : items) {
    names.push_back(api::to_string(app));
    line.failed_polls += item.failed_polls;
  }
  line.names = fmt::format("{}: {}", names.size(), join_some(names, kNamesBytes));
  lines.push_back(std::move(line));
}

}  // namespace everai::poll
