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
/// A poll is two listings, or the live one alone.
constexpr int kRequestsPerPoll = 2;
constexpr int kRequestsWithoutHistory = 1;

void write(const TroubleLine& line) {
  const bool several = line.apps > 1;
  const std::string_view key = several ? "apps" : "app";
  const std::string failed_polls = std::to_string(line.failed_polls);
  switch (line.event) {
    case TroubleLine::Event::kFailed:
      log::warn(several ? "polls failed" : "poll failed", {{key, line.names},
                                                           {"reason", reason_of(line.reason)},
                                                           {"error", line.error},
                                                           {"failed_polls", failed_polls}});
      break;
    case TroubleLine::Event::kStillFails:
      log::warn(several ? "polls still fail" : "poll still fails",
                {{key, line.names},
                 {"reason", reason_of(line.reason)},
                 {"error", line.error},
                 {"failed_polls", failed_polls}});
      break;
    case TroubleLine::Event::kRecovered:
      log::info(several ? "polls work again" : "poll works again",
                {{key, line.names}, {"failed_polls", failed_polls}});
      break;
  }
}

/// The same of history listings that fail in polls that succeed without them.
void write_of_history(const TroubleLine& line) {
  const bool several = line.apps > 1;
  const std::string_view key = several ? "apps" : "app";
  const std::string failed_listings = std::to_string(line.failed_polls);
  if (line.event == TroubleLine::Event::kRecovered) {
    log::info(several ? "history listings work again" : "history listing works again",
              {{key, line.names}, {"failed_listings", failed_listings}});
    return;
  }
  const bool new_trouble = line.event == TroubleLine::Event::kFailed;
  log::warn(new_trouble ? (several ? "history listings failed" : "history listing failed")
                        : (several ? "history listings still fail" : "history listing still fails"),
            {{key, line.names},
             {"reason", reason_of(line.reason)},
             {"error", line.error},
             {"failed_listings", failed_listings}});
}

state::PollFailure failure_of(const Error& error, const std::optional<state::PollFailure>& before,
                              Timestamp now) {
  state::PollFailure failure{error.code, error.message, before ? before->since : now};
  if (error.retry_after) {
    failure.quiet_until = now + *error.retry_after;
  }
  return failure;
}

state::AppKey key_of(const config::AppConfig& app) {
  return {.endpoint = app.account->endpoint, .app = app.app};
}

}  // namespace

Poller::Poller(PollerOptions options, PollerHooks hooks, const config::Config& config,
               api::Client& client, const Clock& clock, state::SnapshotStore& store)
    : options_(options),
      hooks_(std::move(hooks)),
      client_(client),
      clock_(clock),
      store_(store),
      origin_(clock.steady_now()),
      common_budget_(config.requests_per_second),
      last_turn_(origin_.time_since_epoch().count()) {
  configure(config);
}

void Poller::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { client_.wake(); });
  while (!stop.stop_requested()) {
    turn();
  }
  flush_log();
  refuse_configurations();
}

std::future<bool> Poller::reconfigure(config::Config config) {
  std::promise<bool> promise;
  std::future<bool> done = promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (ended_) {
      promise.set_value(false);
      return done;
    }
    reconfiguration_.emplace(Reconfiguration{std::move(config), std::move(promise)});
  }
  client_.wake();
  return done;
}

bool Poller::withdraw() {
  const std::lock_guard lock(mutex_);
  return std::exchange(reconfiguration_, std::nullopt).has_value();
}

SteadyTime Poller::last_turn() const {
  return SteadyTime{SteadyTime::duration{last_turn_.load(std::memory_order_relaxed)}};
}

void Poller::turn() {
  take_configuration();
  start_due_polls();
  const SteadyTime now = clock_.steady_now();
  last_turn_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  SteadyTime until = now + kLongestWait;
  if (!due_.empty() && open_polls_.size() < options_.max_open_polls) {
    until = std::min(until, due_.begin()->first);
  }
  for (api::ListingAnswer& answer : client_.wait(until)) {
    handle(std::move(answer));
  }
  show_kept();
  for (const TroubleLine& line : trouble_log_.due(clock_.steady_now())) {
    write(line);
  }
  for (const TroubleLine& line : history_trouble_log_.due(clock_.steady_now())) {
    write_of_history(line);
  }
}

void Poller::flush_log() {
  for (const TroubleLine& line : trouble_log_.rest(clock_.steady_now())) {
    write(line);
  }
  for (const TroubleLine& line : history_trouble_log_.rest(clock_.steady_now())) {
    write_of_history(line);
  }
}

void Poller::take_configuration() {
  std::optional<Reconfiguration> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(reconfiguration_);
  }
  if (taken) {
    // A reload is what people try after the network has changed.
    client_.renew();
    configure(taken->config);
    taken->done.set_value(true);
  }
}

/// Lets nobody wait for a loop that turns no more.
void Poller::refuse_configurations() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (reconfiguration_) {
    reconfiguration_->done.set_value(false);
    reconfiguration_.reset();
  }
}

void Poller::configure(const config::Config& config) {
  common_budget_.set_rate(config.requests_per_second);
  std::map<state::AppKey, std::uint64_t> known;
  for (const auto& [id, target] : targets_) {
    known.emplace(key_of(target.config), id);
  }
  std::set<state::AppKey> apps;
  for (const config::AppConfig& app : config.apps) {
    apps.insert(key_of(app));
  }
  state::AppMemories memories = hooks_.configure(apps);
  Targets before = std::exchange(targets_, {});
  state::SnapshotStore::Snapshots snapshots;
  for (const config::AppConfig& app : config.apps) {
    const state::AppKey key = key_of(app);
    const auto found = known.find(key);
    const std::uint64_t id = found == known.end() ? ++last_id_ : found->second;
    if (found == known.end()) {
      watch(id, app, std::move(memories[key]));
    } else {
      change(id, targets_.insert(before.extract(id)).position->second, app);
    }
    Target& target = targets_.at(id);
    target.place = snapshots.size();
    snapshots.push_back(std::make_shared<const state::AppSnapshot>(target.shown));
  }
  for (auto& [id, target] : before) {
    due_.erase({target.queued, id});
    abandon(target);
    trouble_log_.forget(target.config.app);
    history_trouble_log_.forget(target.config.app);
    skipped_log_.forget(target.config.app);
  }
  store_.replace(std::move(snapshots));
}

void Poller::watch(std::uint64_t id, const config::AppConfig& app, state::AppMemory memory) {
  Target& target = targets_[id];
  target.config = app;
  target.phase = phase_of(app.app, app.poll.scrape_interval);
  target.memory = std::move(memory);
  if (target.memory.watch_began) {
    target.restored = std::make_shared<const state::AppCounters>(target.memory.counters);
  }
  target.shown.app = app.app;
  target.shown.settings = app.settings;
  if (app.requests_per_second) {
    target.budget.emplace(*app.requests_per_second);
  }
  schedule(id, target, clock_.steady_now());
}

void Poller::change(std::uint64_t id, Target& target, config::AppConfig app) {
  if (app.account != target.config.account && *app.account == *target.config.account) {
    app.account = target.config.account;
  }
  const bool other_account = app.account != target.config.account;
  if (app.requests_per_second != target.config.requests_per_second) {
    target.budget.reset();
    if (app.requests_per_second) {
      target.budget.emplace(*app.requests_per_second);
    }
  }
  if (other_account) {
    target.quiet_until = {};
    target.history_quiet_until = {};
  }
  const bool other_polls = other_account || app.poll != target.config.poll;
  target.config = std::move(app);
  target.phase = phase_of(target.config.app, target.config.poll.scrape_interval);
  target.shown.settings = target.config.settings;
  if (other_polls) {
    abandon(target);
  }
  target.polls_without_history = 0;
  if (target.open) {
    target.open->asks_history = true;
  }
  const bool fails = target.shown.failure || target.shown.history.failure;
  if (!target.open && (other_polls || fails)) {
    schedule(id, target, std::max(clock_.steady_now(), target.quiet_until));
  }
}

/// Its answers, if any come, are dropped.
void Poller::abandon(Target& target) {
  if (target.open) {
    open_polls_.erase(target.open->number);
    target.open.reset();
  }
}

void Poller::schedule(std::uint64_t id, Target& target, SteadyTime when) {
  due_.erase({target.queued, id});
  target.due = when;
  target.queued = when;
  target.granted = false;
  target.shown.next_poll = when;
  due_.emplace(when, id);
}

void Poller::start_due_polls() {
  const SteadyTime now = clock_.steady_now();
  while (!due_.empty() && due_.begin()->first <= now &&
         open_polls_.size() < options_.max_open_polls) {
    const std::uint64_t id = due_.begin()->second;
    due_.erase(due_.begin());
    Target& target = targets_.at(id);
    const bool asks_history =
        target.polls_without_history == 0 && now >= target.history_quiet_until;
    if (!target.granted) {
      target.granted = true;
      RequestBudget& budget = target.budget ? *target.budget : common_budget_;
      target.queued =
          budget.reserve(asks_history ? kRequestsPerPoll : kRequestsWithoutHistory, now);
      if (target.queued > now) {
        due_.emplace(target.queued, id);
        continue;
      }
    }
    hooks_.on_lag(std::chrono::floor<std::chrono::milliseconds>(now - target.due));
    target.open = OpenPoll{++last_id_, now, now + target.config.poll.scrape_timeout, asks_history};
    open_polls_.emplace(target.open->number, id);
    request(target, api::ListingKind::kLive);
  }
}

void Poller::request(const Target& target, api::ListingKind kind) {
  client_.start({.id = target.open->number,
                 .app = target.config.app,
                 .account = target.config.account,
                 .kind = kind,
                 .recent_days = target.config.poll.recent_days,
                 .deadline = target.open->deadline});
}

void Poller::handle(api::ListingAnswer answer) {
  hooks_.on_answer(answer);
  const auto open = open_polls_.find(answer.id);
  if (open == open_polls_.end()) {
    return;
  }
  const std::uint64_t id = open->second;
  Target& target = targets_.at(id);
  if (!answer.body) {
    fail(id, target, answer.kind, answer.body.error());
    return;
  }
  Result<api::Listing> listing = api::parse_listing(answer.body->text, answer.body->secrets);
  if (!listing) {
    fail(id, target, answer.kind,
         {listing.error().code,
          fmt::format("{}: {}", api::title_of(answer.kind), listing.error().message)});
    return;
  }
  report_unknown_enum_values(*listing);
  report_unreadable(target, *listing);
  if (answer.body->date) {
    target.open->date = answer.body->date;
    hooks_.on_clock_skew(*answer.body->date - clock_.system_now());
  }
  if (answer.kind == api::ListingKind::kHistory) {
    note_history(target);
    succeed(id, target, &*listing);
    return;
  }
  target.open->live = std::move(*listing);
  if (target.open->asks_history) {
    request(target, api::ListingKind::kHistory);
  } else {
    do_without_history(target);
    succeed(id, target, nullptr);
  }
}

/// Of the two listings, a poll does without the history.
void Poller::fail(std::uint64_t id, Target& target, api::ListingKind kind, const Error& error) {
  target.shown.history.up = false;
  ++target.shown.failures.at(static_cast<std::size_t>(error.code));
  // The live listing does not go without because the history must.
  const bool is_live = kind == api::ListingKind::kLive;
  if (error.retry_after) {
    SteadyTime& quiet_until = is_live ? target.quiet_until : target.history_quiet_until;
    quiet_until =
        clock_.steady_now() + std::min<std::chrono::seconds>(*error.retry_after, kMaxRetryAfter);
  }
  if (is_live) {
    fail_poll(id, target, error);
  } else {
    fail_history(target, error);
    succeed(id, target, nullptr);
  }
}

/// @param history  null: the poll does without it.
void Poller::succeed(std::uint64_t id, Target& target, const api::Listing* history) {
  const Timestamp now = clock_.system_now();
  const config::PollSettings& settings = target.config.poll;
  const state::PollTime poll_time{
      .date = target.open->date, .ours = now, .steady = clock_.steady_now()};
  state::Fleet fleet = state::merge_listings(*target.open->live, history);
  if (history != nullptr) {
    target.history = state::sum_history(fleet);
  }
  state::Reduced reduced =
      state::reduce(std::move(target.memory), std::move(fleet), poll_time,
                    {.memory_time = std::chrono::days{settings.recent_days + 1},
                     .longest_gap = settings.scrape_interval * kLongestGapHalves / 2,
                     .collect_workers = options_.collect_workers});
  for (const std::string_view field : reduced.clock_anomalies) {
    hooks_.on_clock_anomaly(field);
  }
  keep(target, reduced);
  target.memory = std::move(reduced.memory);
  target.shown.up = true;
  target.shown.failure.reset();
  target.shown.last_success = now;
  target.shown.clock_offset = target.memory.clock.offset;
  show_fleet(target, history != nullptr);
  target.failures_in_row = 0;
  trouble_log_.succeeded(target.config.app, clock_.steady_now());
  finish(id, target, clock_.steady_now());
}

void Poller::note_history(Target& target) {
  target.shown.history = {.up = true, .failure = {}, .last_success = clock_.system_now()};
  target.history_failures_in_row = 0;
  history_trouble_log_.succeeded(target.config.app, clock_.steady_now());
}

/// A poll that does not ask for the history, as it failed lately.
void Poller::do_without_history(Target& target) {
  if (target.polls_without_history > 0) {
    --target.polls_without_history;
  }
  if (clock_.steady_now() >= target.history_quiet_until) {
    target.shown.history.failure->quiet_until.reset();
  }
}

void Poller::fail_history(Target& target, const Error& error) {
  std::optional<state::PollFailure>& failure = target.shown.history.failure;
  failure = failure_of(error, failure, clock_.system_now());
  target.polls_without_history =
      polls_without_history(++target.history_failures_in_row, target.config.poll.scrape_interval);
  history_trouble_log_.failed(target.config.app, error, clock_.steady_now());
}

/// What the poll saw, and without a history what an earlier one told.
void Poller::show_fleet(Target& target, bool with_history) {
  const SteadyTime now = clock_.steady_now();
  state::AppSnapshot& shown = target.shown;
  shown.fresh_until = now + target.config.poll.staleness;
  shown.live_fleet.reset();
  if (with_history) {
    shown.history_fresh_until = shown.fresh_until;
  } else if (now < shown.history_fresh_until) {
    shown.live_fleet = target.memory.last_view;
    state::FleetView whole = *shown.live_fleet;
    state::add_history(whole, target.history);
    target.memory.last_view = std::make_shared<const state::FleetView>(std::move(whole));
  }
  shown.fleet = target.memory.last_view;
}

void Poller::fail_poll(std::uint64_t id, Target& target, const Error& error) {
  target.shown.up = false;
  target.shown.failure = failure_of(error, target.shown.failure, clock_.system_now());
  if (error.code == ErrorCode::kNotFound) {
    target.shown.fleet.reset();
    target.shown.live_fleet.reset();
    target.shown.history_fresh_until = {};
  }
  ++target.failures_in_row;
  trouble_log_.failed(target.config.app, error, clock_.steady_now());
  const std::chrono::milliseconds interval = target.config.poll.scrape_interval;
  const double spread =
      static_cast<double>(target.phase.count()) / static_cast<double>(interval.count());
  const SteadyTime now = clock_.steady_now();
  const SteadyTime retry =
      now + backoff(target.failures_in_row, interval, spread, error.retry_after);
  finish(id, target, retry);
}

void Poller::finish(std::uint64_t id, Target& target, SteadyTime not_before) {
  const SteadyTime now = clock_.steady_now();
  target.shown.poll_duration =
      std::chrono::floor<std::chrono::microseconds>(now - target.open->started);
  abandon(target);
  const SteadyTime on_grid =
      next_on_grid(origin_, target.phase, target.config.poll.scrape_interval, now);
  schedule(id, target, std::max(on_grid, not_before));
  publish(target);
}

void Poller::publish(const Target& target) {
  store_.publish(target.place, std::make_shared<const state::AppSnapshot>(target.shown));
}

void Poller::keep(Target& target, const state::Reduced& reduced) {
  // The first counters of an app are waited for, and marks from before a launch are of no use.
  const bool urgent = reduced.relaunched || target.shown.counters == nullptr;
  target.unshown.push_back(
      {.keeping = hooks_.keep(key_of(target.config), reduced, urgent),
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
  for (auto& [id, target] : targets_) {
    if (show_kept(target, kept)) {
      publish(target);
    }
  }
}

/// @param kept  the latest keeping that is done. @return whether there was something to show.
bool Poller::show_kept(Target& target, std::uint64_t kept) const {
  const auto end = std::find_if(target.unshown.begin(), target.unshown.end(),
                                [kept](const Unshown& one) { return one.keeping > kept; });
  if (end == target.unshown.begin()) {
    return false;
  }
  for (auto one = target.unshown.begin(); one != end; ++one) {
    for (const std::string& device : one->errored_devices) {
      hooks_.on_worker_error(device);
    }
  }
  const auto before = std::exchange(target.restored, nullptr);
  const auto& shown_before = target.shown.counters ? target.shown.counters : before;
  const auto& now = std::prev(end)->counters;
  target.shown.new_series =
      shown_before ? state::new_series(*shown_before, *now) : state::NewSeries{};
  target.shown.counters = now;
  target.unshown.erase(target.unshown.begin(), end);
  return true;
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

/// What a listing has that could not be read, and did not fail the poll.
void Poller::report_unreadable(Target& target, const api::Listing& listing) {
  target.shown.skipped_workers += listing.skipped;
  for (const api::UnreadableField& unreadable : listing.unreadable_fields) {
    hooks_.on_unreadable_field(unreadable.field, unreadable.count);
  }
  const api::AppRef& app = target.config.app;
  if (skipped_log_.is_due(app, listing.skipped, clock_.steady_now())) {
    log::warn("workers skipped that cannot be read", {{"app", api::to_string(app)},
                                                      {"workers", std::to_string(listing.skipped)},
                                                      {"reason", listing.skip_reason}});
  }
}

}  // namespace everai::poll
