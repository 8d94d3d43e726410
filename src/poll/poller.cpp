#include "poll/poller.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/listing.hpp"
#include "poll/schedule.hpp"
#include "state/reduce.hpp"
#include "util/log.hpp"
#include "util/text.hpp"

namespace everai::poll {
namespace {

constexpr std::chrono::seconds kLongestWait{1};
constexpr std::size_t kMaxLoggedEnumValues = 100;
/// Over a longer time without a good poll than 2.5 intervals no time is integrated.
constexpr int kLongestGapHalves = 5;

}  // namespace

Poller::Poller(PollerOptions options, PollerHooks hooks, std::vector<App> apps, api::Client& client,
               const Clock& clock, state::SnapshotStore& store)
    : options_(options),
      hooks_(std::move(hooks)),
      client_(client),
      clock_(clock),
      store_(store),
      origin_(clock.steady_now()),
      last_turn_(origin_.time_since_epoch().count()) {
  targets_.reserve(apps.size());
  for (App& app : apps) {
    due_.emplace(origin_, targets_.size());
    const auto phase = phase_of(app.app, options_.interval);
    Target& target = targets_.emplace_back(Target{app.app, phase, std::move(app.memory)});
    target.shown.app = std::move(app.app);
    target.shown.settings = app.settings;
  }
}

void Poller::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { client_.wake(); });
  while (!stop.stop_requested()) {
    turn();
  }
}

SteadyTime Poller::last_turn() const {
  return SteadyTime{SteadyTime::duration{last_turn_.load(std::memory_order_relaxed)}};
}

void Poller::turn() {
  start_due_polls();
  const SteadyTime now = clock_.steady_now();
  last_turn_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  SteadyTime until = now + kLongestWait;
  if (!due_.empty() && open_polls_ < options_.max_open_polls) {
    until = std::min(until, due_.begin()->first);
  }
  for (api::ListingAnswer& answer : client_.wait(until)) {
    handle(std::move(answer));
  }
  show_kept();
}

void Poller::start_due_polls() {
  const SteadyTime now = clock_.steady_now();
  while (!due_.empty() && due_.begin()->first <= now && open_polls_ < options_.max_open_polls) {
    const auto [due, index] = *due_.begin();
    hooks_.on_lag(std::chrono::floor<std::chrono::milliseconds>(now - due));
    due_.erase(due_.begin());
    ++open_polls_;
    targets_[index].open = OpenPoll{now, now + options_.timeout, std::nullopt};
    request(index, api::ListingKind::kLive);
  }
}

void Poller::request(std::size_t index, api::ListingKind kind) {
  const Target& target = targets_[index];
  client_.start({.id = index,
                 .app = target.app,
                 .kind = kind,
                 .recent_days = options_.recent_days,
                 .deadline = target.open->deadline});
}

void Poller::handle(api::ListingAnswer answer) {
  hooks_.on_answer(answer);
  const std::size_t index = answer.id;
  Target& target = targets_.at(index);
  if (!answer.body) {
    fail(index, answer.body.error());
    return;
  }
  Result<api::Listing> listing = api::parse_listing(answer.body->text);
  if (!listing) {
    fail(index, listing.error());
    return;
  }
  report_unknown_enum_values(*listing);
  target.shown.skipped_workers += listing->skipped;
  if (answer.body->date) {
    target.open->date = answer.body->date;
    hooks_.on_clock_skew(*answer.body->date - clock_.system_now());
  }
  if (answer.kind == api::ListingKind::kLive) {
    target.open->live = std::move(*listing);
    request(index, api::ListingKind::kHistory);
  } else {
    succeed(index, *listing);
  }
}

void Poller::succeed(std::size_t index, const api::Listing& history) {
  Target& target = targets_[index];
  const Timestamp now = clock_.system_now();
  const state::PollTime poll_time{.platform = target.open->date.value_or(now), .ours = now};
  const state::Fleet fleet = state::merge_listings(*target.open->live, history);
  state::Reduced reduced =
      state::reduce(std::move(target.memory), fleet, poll_time,
                    {.memory_time = std::chrono::days{options_.recent_days + 1},
                     .longest_gap = options_.interval * kLongestGapHalves / 2,
                     .collect_workers = options_.collect_workers});
  for (const std::string_view field : reduced.clock_anomalies) {
    hooks_.on_clock_anomaly(field);
  }
  keep(index, reduced);
  target.memory = std::move(reduced.memory);
  target.shown.up = true;
  target.shown.last_success = now;
  target.shown.fleet = target.memory.last_view;
  target.shown.fresh_until = clock_.steady_now() + options_.staleness;
  if (target.trouble) {
    log::info("poll works again", {{"app", api::to_string(target.app)}});
    target.trouble.reset();
  }
  target.failures_in_row = 0;
  finish(index, std::chrono::milliseconds{0});
}

void Poller::fail(std::size_t index, const Error& error) {
  Target& target = targets_[index];
  target.shown.up = false;
  ++target.shown.failures.at(static_cast<std::size_t>(error.code));
  if (error.code == ErrorCode::kNotFound) {
    target.shown.fleet.reset();
  }
  // The same trouble is said once, not at every poll.
  if (target.trouble != error.code) {
    target.trouble = error.code;
    log::warn("poll failed", {{"app", api::to_string(target.app)},
                              {"reason", reason_of(error.code)},
                              {"error", error.message}});
  }
  ++target.failures_in_row;
  const double spread =
      static_cast<double>(target.phase.count()) / static_cast<double>(options_.interval.count());
  finish(index, backoff(target.failures_in_row, options_.interval, spread, error.retry_after));
}

void Poller::finish(std::size_t index, std::chrono::milliseconds pause) {
  Target& target = targets_[index];
  const SteadyTime now = clock_.steady_now();
  target.shown.poll_duration =
      std::chrono::floor<std::chrono::microseconds>(now - target.open->started);
  target.open.reset();
  --open_polls_;
  due_.emplace(std::max(next_on_grid(origin_, target.phase, options_.interval, now), now + pause),
               index);
  store_.publish(index, std::make_shared<const state::AppSnapshot>(target.shown));
}

void Poller::keep(std::size_t index, const state::Reduced& reduced) {
  Target& target = targets_[index];
  // The first counters of an app are waited for, and marks from before a launch are of no use.
  const bool urgent = reduced.relaunched || target.shown.counters == nullptr;
  target.unshown.push_back(
      {.keeping = hooks_.keep(index, reduced, urgent),
       .counters = std::make_shared<const state::AppCounters>(reduced.memory.counters),
       .errored_devices = reduced.errored_devices});
  show_kept(target, hooks_.kept());
}

void Poller::show_kept() {
  const std::uint64_t kept = hooks_.kept();
  if (kept == kept_) {
    return;
  }
  kept_ = kept;
  for (std::size_t index = 0; index < targets_.size(); ++index) {
    Target& target = targets_[index];
    if (show_kept(target, kept)) {
      store_.publish(index, std::make_shared<const state::AppSnapshot>(target.shown));
    }
  }
}

/// @param kept  the latest keeping that is done. @return whether there was something to show.
bool Poller::show_kept(Target& target, std::uint64_t kept) const {
  const auto end = std::find_if(target.unshown.begin(), target.unshown.end(),
                                [kept](const Unshown& one) { return one.keeping > kept; });
  for (auto one = target.unshown.begin(); one != end; ++one) {
    target.shown.counters = std::move(one->counters);
    for (const std::string& device : one->errored_devices) {
      hooks_.on_worker_error(device);
    }
  }
  const bool any = end != target.unshown.begin();
  target.unshown.erase(target.unshown.begin(), end);
  return any;
}

void Poller::report_unknown_enum_values(const api::Listing& listing) {
  for (const api::UnknownEnumValue& unknown : listing.unknown_enum_values) {
    hooks_.on_unknown_enum_value(unknown.field);
    std::string key = fmt::format("{}={}", unknown.field, unknown.value);
    if (logged_enum_values_.size() < kMaxLoggedEnumValues && !logged_enum_values_.contains(key)) {
      log::warn("the API sent an enum value that this version does not know",
                {{"field", unknown.field}, {"value", unknown.value}});
      logged_enum_values_.insert(std::move(key));
    }
  }
}

}  // namespace everai::poll
