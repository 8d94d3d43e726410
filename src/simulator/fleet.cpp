#include "simulator/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

constexpr int kPhasesBeforeLaunch = 4;
constexpr std::chrono::seconds kDecisionGap{2};
constexpr Range kRollinTime{2s, 5s};
constexpr Range kRemovalTime{1s, 4s};
constexpr Range kSessionTime{15s, 90s};
constexpr std::size_t kMaxSessions = 3;
constexpr Range kErrorRecordKept{20s, 120s};
constexpr double kErrorDeletedShare = 0.6;
constexpr double kBadDeviceFactor = 30;
/// A container restarts no sooner after its last request, so that who polls as often misses none.
constexpr std::chrono::seconds kQuietBeforeRelaunch{1};
constexpr Range kFlashStartTime{100ms, 400ms};
constexpr Range kFlashServiceTime{200ms, 600ms};
constexpr Range kFlashRemovalTime{100ms, 500ms};
constexpr std::uint64_t kMostFlashRequests = 3;
constexpr int kStatesRemembered = 10;

double share_of(std::chrono::microseconds part, std::chrono::microseconds whole) {
  return whole > 0us ? static_cast<double>(part.count()) / static_cast<double>(whole.count()) : 0;
}

/// Order in which workers are chosen for removal: lower goes first.
int removal_rank(const Worker& worker) {
  if (is_free(worker)) {
    return 0;
  }
  return worker.phase == Phase::kServing ? 2 : 1;
}

}  // namespace

Fleet::Fleet(AppProfile profile, FleetSetup setup, Random random)
    : profile_(std::move(profile)),
      devices_(std::move(setup.devices)),
      random_(random),
      traffic_(profile_.load, setup.day_length, random_),
      start_(setup.start),
      now_(setup.start),
      app_id_(random_.id()),
      user_id_(random_.id()),
      revision_(1 + random_.below(20)),
      next_decision_(setup.start) {
  const auto gap = profile_.life.rollout_gap;
  if (gap > 0ms) {
    next_rollout_ = start_ + random_.between({gap / 4, gap});
  }
  if (setup.warm) {
    add_start_workers();
  }
}

Worker Fleet::make_worker(Timestamp created_at) {
  const Device& device = devices_[random_.below(devices_.size())];
  const Life& life = profile_.life;
  Worker worker;
  worker.id = random_.id();
  worker.device_id = device.id;
  worker.device_address = device.address;
  worker.request_id = random_.id();
  worker.revision = fmt::format("v{}", revision_);
  worker.created_at = created_at;
  const bool slow = random_.chance(life.slow_start_share);
  worker.start_step =
      random_.between(slow ? life.slow_start_time : life.start_time) / kPhasesBeforeLaunch;
  worker.start_fails = random_.chance(life.start_failure_share + profile_.faults.failed_start);
  // Without the fault nothing is drawn, so that a seed's fleet stays what it is.
  worker.start_hangs =
      profile_.faults.stuck_start > 0 && random_.chance(profile_.faults.stuck_start);
  worker.phase_end = created_at + worker.start_step;
  return worker;
}

void Fleet::add_start_workers() {
  constexpr Range kAge{5min, 3h};
  constexpr std::uint64_t kMostServed = 900;
  std::vector<std::chrono::microseconds> ages;
  for (std::uint64_t i = 0; i < profile_.start_workers; ++i) {
    ages.push_back(random_.between(kAge));
  }
  std::sort(ages.rbegin(), ages.rend());
  for (const auto age : ages) {
    Worker worker = make_worker(start_ - age);
    worker.launch_at = worker.created_at + worker.start_step * kPhasesBeforeLaunch;
    worker.phase = Phase::kServing;
    worker.success_count = 1 + random_.below(kMostServed);
    worker.failed_count = random_.below(1 + worker.success_count / 20);
    worker.last_serve_at = start_ - random_.between({100ms, 5s});
    state_.workers.push_back(std::move(worker));
  }
}

void Fleet::step(Timestamp now, std::chrono::microseconds tick) {
  now_ = now;
  tick_ = tick;
  state_.queue_size += traffic_.arrivals(now - start_, tick, random_);
  for (Worker& worker : state_.workers) {
    live(worker);
  }
  give_out_requests();
  if (now_ >= next_decision_) {
    next_decision_ = now_ + kDecisionGap;
    autoscale();
    roll_out();
  }
  flash();
  bury();
  remember();
}

void Fleet::live(Worker& worker) {
  std::erase_if(worker.session_ends, [this](Timestamp end) { return now_ >= end; });
  if (worker.request && now_ >= worker.request->finish_at) {
    finish_request(worker, worker.request->fails, worker.request->finish_at);
  }
  switch (worker.phase) {
    case Phase::kAccepted:
    case Phase::kCreated:
    case Phase::kInitialized:
    case Phase::kPending:
      start(worker);
      break;
    case Phase::kRollin:
    case Phase::kUnavailable:
      if (now_ >= worker.phase_end && !is_among_devices(worker, profile_.faults.lost_devices)) {
        become_ready(worker);
      }
      break;
    case Phase::kServing:
      serve(worker);
      break;
    case Phase::kRemoving:
      if (now_ >= worker.phase_end && !worker.request) {
        worker.phase = Phase::kTerminated;
        worker.deleted_at = now_;
        ++truth_.workers_deleted;
        if (worker.scaled_down) {
          state_.last_scale_down = now_;
        }
      }
      break;
    case Phase::kErrored:
    case Phase::kTerminated:
      break;
  }
}

void Fleet::start(Worker& worker) {
  if (now_ < worker.phase_end) {
    return;
  }
  if (worker.phase != Phase::kPending) {
    worker.phase = static_cast<Phase>(static_cast<int>(worker.phase) + 1);
    worker.phase_end = now_ + worker.start_step;
    return;
  }
  if (worker.start_hangs) {
    return;
  }
  if (worker.start_fails) {
    break_down(worker);
    return;
  }
  worker.launch_at = now_;
  if (worker.replaces.empty()) {
    become_ready(worker);
  } else {
    worker.phase = Phase::kRollin;
    worker.phase_end = now_ + random_.between(kRollinTime);
  }
}

void Fleet::become_ready(Worker& worker) {
  const bool first_time = worker.phase != Phase::kUnavailable;
  worker.phase = Phase::kServing;
  if (!first_time) {
    return;
  }
  // The platform does so too: a worker that never served has a lastServeAt soon after its launch.
  worker.last_serve_at = now_;
  if (Worker* const old = find(worker.replaces)) {
    old->leaving = true;
  }
}

void Fleet::serve(Worker& worker) {
  if (worker.flash_requests) {
    serve_flash(worker);
    return;
  }
  if (worker.leaving && worker.session_ends.empty()) {
    remove(worker, false);
    return;
  }
  if (!worker.request && is_among_devices(worker, profile_.faults.lost_devices)) {
    worker.phase = Phase::kUnavailable;
    worker.phase_end = now_;
    return;
  }
  befall(worker);
}

/// It serves requests of its own, one after the other, and goes.
void Fleet::serve_flash(Worker& worker) {
  if (worker.request) {
    return;
  }
  if (*worker.flash_requests == 0) {
    remove(worker, false);
    worker.phase_end = now_ + random_.between(kFlashRemovalTime);
    return;
  }
  --*worker.flash_requests;
  worker.request = Request{.finish_at = now_ + random_.between(kFlashServiceTime),
                           .fails = random_.chance(profile_.load.failure_share)};
}

void Fleet::befall(Worker& worker) {
  const Faults& faults = profile_.faults;
  const double error_factor = is_among_devices(worker, faults.bad_devices) ? kBadDeviceFactor : 1;
  const double error_chance =
      share_of(tick_, profile_.life.error_gap) * error_factor + share_of(tick_, faults.error);
  const double outage_chance = share_of(tick_, profile_.life.outage_gap);
  const double relaunch_chance = share_of(tick_, faults.relaunch);
  const double fate = random_.uniform();
  if (fate < error_chance) {
    break_down(worker);
  } else if (fate < error_chance + outage_chance) {
    if (is_free(worker)) {
      worker.phase = Phase::kUnavailable;
      worker.phase_end = now_ + random_.between(profile_.life.outage_time);
    }
  } else if (fate < error_chance + outage_chance + relaunch_chance) {
    relaunch(worker);
  }
}

bool Fleet::is_among_devices(const Worker& worker, double share) const {
  // The first ones, so that they are the same for every app.
  const auto count =
      static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(devices_.size())));
  return std::any_of(devices_.begin(), devices_.begin() + count,
                     [&worker](const Device& device) { return device.id == worker.device_id; });
}

void Fleet::relaunch(Worker& worker) {
  if (worker.last_serve_at && now_ - *worker.last_serve_at < kQuietBeforeRelaunch + tick_) {
    return;
  }
  if (worker.request) {
    worker.request.reset();
    ++state_.queue_size;
  }
  worker.session_ends.clear();
  worker.launch_at = now_;
  worker.last_serve_at = now_;
  worker.success_count = 0;
  worker.failed_count = 0;
  ++truth_.relaunches;
}

void Fleet::finish_request(Worker& worker, bool failed, Timestamp at) {
  worker.request.reset();
  worker.last_serve_at = at;
  Served& of_revision = truth_.served_by_revision[worker.revision];
  if (failed) {
    ++worker.failed_count;
    ++of_revision.failed;
    ++truth_.failed;
    return;
  }
  ++worker.success_count;
  ++of_revision.success;
  ++truth_.success;
  if (is_staying(worker) && worker.session_ends.size() < kMaxSessions &&
      random_.chance(profile_.load.session_share)) {
    worker.session_ends.push_back(now_ + random_.between(kSessionTime));
  }
}

void Fleet::give_out_requests() {
  // The oldest worker is asked first, so the younger ones run idle first when it grows quiet.
  for (Worker& worker : state_.workers) {
    if (state_.queue_size == 0) {
      return;
    }
    if (is_free(worker)) {
      --state_.queue_size;
      worker.request = Request{.finish_at = now_ + random_.between(profile_.load.service_time),
                               .fails = random_.chance(profile_.load.failure_share)};
    }
  }
}

void Fleet::break_down(Worker& worker) {
  if (worker.request) {
    finish_request(worker, true, now_);
  }
  worker.phase = Phase::kErrored;
  worker.errored_at = now_;
  ++truth_.worker_errors;
  ++truth_.worker_errors_by_device[worker.device_id];
  worker.session_ends.clear();
  if (random_.chance(kErrorDeletedShare)) {
    worker.phase_end = now_ + random_.between(kErrorRecordKept);
  } else {
    // Its record stays as it is for good.
    worker.phase_end = Timestamp::max();
  }
}

FleetFigures Fleet::figures() const {
  FleetFigures figures{.queue_size = state_.queue_size};
  for (const Worker& worker : state_.workers) {
    figures.live += is_live(worker) ? 1U : 0U;
    figures.staying += is_staying(worker) ? 1U : 0U;
    figures.in_flight += is_in_flight(worker) ? 1U : 0U;
    figures.free += is_free(worker) ? 1U : 0U;
    figures.idle += is_idle(worker) ? 1U : 0U;
  }
  return figures;
}

bool Fleet::is_idle(const Worker& worker) const {
  return is_free(worker) && worker.session_ends.empty() && worker.last_serve_at &&
         now_ - *worker.last_serve_at >= profile_.rules.max_idle_time;
}

void Fleet::autoscale() {
  const Scaling scaling = decide(profile_.rules, figures());
  for (std::uint64_t i = 0; i < scaling.up; ++i) {
    create_worker("");
    state_.last_scale_up = now_;
  }
  remove_some(scaling.down, true);
}

std::string Fleet::create_worker(std::string replaces) {
  Worker worker = make_worker(now_);
  worker.replaces = std::move(replaces);
  ++truth_.workers_created;
  truth_.workers_replaced += worker.replaces.empty() ? 0U : 1U;
  state_.workers.push_back(std::move(worker));
  return state_.workers.back().id;
}

void Fleet::remove(Worker& worker, bool scaled_down) {
  worker.phase = Phase::kRemoving;
  worker.scaled_down = scaled_down;
  worker.stop_at = now_;
  worker.phase_end = now_ + random_.between(kRemovalTime);
}

std::uint64_t Fleet::remove_some(std::uint64_t count, bool idle_only) {
  std::vector<Worker*> candidates;
  for (Worker& worker : state_.workers) {
    const bool may_go = idle_only ? is_idle(worker) : is_staying(worker);
    if (may_go && worker.session_ends.empty()) {
      candidates.push_back(&worker);
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Worker* a, const Worker* b) {
    return std::pair{removal_rank(*a), a->last_serve_at} <
           std::pair{removal_rank(*b), b->last_serve_at};
  });
  candidates.resize(std::min<std::uint64_t>(count, candidates.size()));
  for (Worker* const worker : candidates) {
    remove(*worker, true);
  }
  return candidates.size();
}

std::vector<std::string> Fleet::scale_up(std::uint64_t count) {
  const FleetFigures before = figures();
  const std::uint64_t max = profile_.rules.max_workers;
  const std::uint64_t room = max > before.live ? max - before.live : 0;
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < std::min(count, room); ++i) {
    ids.push_back(create_worker(""));
    state_.last_scale_up = now_;
  }
  if (profile_.rules.kind == AutoscalerKind::kManual) {
    profile_.rules.min_workers += ids.size();
  }
  truth_.scaled_up += ids.size();
  return ids;
}

Result<void> Fleet::scale_down(const std::vector<std::string>& ids, std::uint64_t count) {
  std::vector<Worker*> named;
  for (const std::string& id : ids) {
    Worker* const worker = find(id);
    if (worker == nullptr) {
      return fail(ErrorCode::kNotFound, fmt::format("there is no worker {}", id.substr(0, 40)));
    }
    named.push_back(worker);
  }
  std::uint64_t removed = ids.empty() ? remove_some(count, false) : 0;
  for (Worker* const worker : named) {
    if (is_staying(*worker) && worker->session_ends.empty()) {
      remove(*worker, true);
      ++removed;
    } else if (worker->phase == Phase::kErrored && !worker->deleted_at) {
      delete_record(*worker);
      ++truth_.scaled_down;
    }
  }
  truth_.scaled_down += removed;
  if (std::uint64_t& wanted = profile_.rules.min_workers;
      profile_.rules.kind == AutoscalerKind::kManual) {
    wanted -= std::min(wanted, removed);
  }
  return {};
}

void Fleet::roll_out() {
  if (next_rollout_ && now_ >= *next_rollout_) {
    const auto gap = profile_.life.rollout_gap;
    next_rollout_ = now_ + random_.between({gap * 3 / 4, gap * 5 / 4});
    ++revision_;
  }
  // One at a time, and only in a fleet that is calm and has room for one more.
  const std::string current = fmt::format("v{}", revision_);
  const FleetFigures fleet = figures();
  const bool rolling_in =
      std::any_of(state_.workers.begin(), state_.workers.end(),
                  [](const Worker& worker) { return worker.phase == Phase::kRollin; });
  if (fleet.in_flight > 0 || rolling_in || fleet.live >= profile_.rules.max_workers) {
    return;
  }
  const auto outdated =
      std::find_if(state_.workers.begin(), state_.workers.end(), [&current](const Worker& worker) {
        return worker.phase == Phase::kServing && is_staying(worker) && worker.revision != current;
      });
  if (outdated != state_.workers.end()) {
    create_worker(outdated->id);
  }
}

void Fleet::flash() {
  const auto gap = profile_.faults.flash;
  if (gap == 0ms || !random_.chance(share_of(tick_, gap)) ||
      figures().live >= profile_.rules.max_workers) {
    return;
  }
  create_worker("");
  Worker& worker = state_.workers.back();
  worker.start_step = random_.between(kFlashStartTime) / kPhasesBeforeLaunch;
  worker.phase_end = now_ + worker.start_step;
  worker.start_fails = false;
  worker.start_hangs = false;
  worker.flash_requests = 1 + random_.below(kMostFlashRequests);
}

void Fleet::bury() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < state_.workers.size(); ++i) {
    Worker& worker = state_.workers[i];
    if (worker.phase == Phase::kErrored && !worker.deleted_at && now_ >= worker.phase_end) {
      delete_record(worker);
    }
    const bool final_error = worker.errored_at && worker.phase_end == Timestamp::max();
    if (worker.deleted_at || final_error) {
      history_.push_back(std::move(worker));
      ++state_.ended;
      continue;
    }
    if (kept != i) {
      state_.workers[kept] = std::move(worker);
    }
    ++kept;
  }
  state_.workers.erase(state_.workers.begin() + static_cast<std::ptrdiff_t>(kept),
                       state_.workers.end());
  while (!history_.empty()) {
    const Worker& oldest = history_.front();
    if (now_ - oldest.deleted_at.value_or(oldest.errored_at.value_or(now_)) <= kHistoryKept) {
      return;
    }
    history_.pop_front();
  }
}

void Fleet::remember() {
  const Faults& faults = profile_.faults;
  if (faults.stale_read <= 0) {
    past_.clear();
    return;
  }
  if (now_ >= next_memory_) {
    next_memory_ = now_ + faults.stale_age / kStatesRemembered;
    past_.push_back(state_);
    while (past_.size() > kStatesRemembered) {
      past_.pop_front();
    }
  }
}

void Fleet::set_faults(const Faults& faults) {
  profile_.faults = faults;
  past_.clear();
  next_memory_ = now_;
}

std::size_t Fleet::history_size(const FleetState& state) const {
  const std::uint64_t ended_since = state_.ended - state.ended;
  return history_.size() - std::min<std::uint64_t>(ended_since, history_.size());
}

Worker* Fleet::find(const std::string& id) {
  const auto is_it = [&id](const Worker& worker) { return worker.id == id && !worker.deleted_at; };
  const auto found = std::find_if(state_.workers.begin(), state_.workers.end(), is_it);
  if (found != state_.workers.end()) {
    return &*found;
  }
  const auto ended = std::find_if(history_.begin(), history_.end(), is_it);
  return ended == history_.end() ? nullptr : &*ended;
}

void Fleet::delete_record(Worker& worker) {
  worker.deleted_at = now_;
  worker.phase_end = now_;
  ++truth_.workers_deleted;
}

}  // namespace everai::simulator
