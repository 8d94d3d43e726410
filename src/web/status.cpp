#include "web/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "util/text.hpp"

namespace everai::web {
namespace {

using state::WorkerState;
using std::chrono::microseconds;

/// Clocks may be set back: no time lasts less than nothing.
microseconds between(Timestamp begin, Timestamp end) {
  return std::max(end - begin, microseconds{0});
}

microseconds until(SteadyTime now, SteadyTime then) {
  return std::max(std::chrono::duration_cast<microseconds>(then - now), microseconds{0});
}

/// `/a b` as `./a%20b`: it holds behind a proxy that serves `/` under another path, and a colon in
/// it makes no scheme.
std::string relative_url(std::string_view path) {
  std::string url = ".";
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::size_t end = std::min(path.find('/'), path.size());
    url += '/' + percent_encode(path.substr(0, end));
    path.remove_prefix(end);
  }
  return url;
}

DataState data_state(const state::AppSnapshot& snapshot, SteadyTime now) {
  if (snapshot.fleet == nullptr) {
    return DataState::kNone;
  }
  return now < snapshot.fresh_until ? DataState::kFresh : DataState::kOutdated;
}

WorkersStatus workers_of(const state::FleetView& fleet) {
  return {.by_state = fleet.by_state,
          .total = std::accumulate(fleet.by_state.begin(), fleet.by_state.end(), std::uint64_t{0}),
          .max = fleet.max_workers,
          .errors_known = fleet.history_known ||
                          fleet.by_state[static_cast<std::size_t>(WorkerState::kError)] > 0};
}

RequestsStatus requests_of(const state::AppCounters& counters) {
  RequestsStatus requests;
  requests.finished = counters.requests;
  requests.failed = counters.failed;
  if (counters.requests > 0) {
    requests.failure_ratio =
        static_cast<double>(counters.failed) / static_cast<double>(counters.requests);
  }
  return requests;
}

std::vector<Trouble> troubles_of(const AppStatus& app) {
  std::vector<Trouble> troubles;
  const auto note = [&troubles](bool there, Trouble trouble) {
    if (there) {
      troubles.push_back(trouble);
    }
  };
  note(app.up == false, Trouble::kDown);
  note(app.data == DataState::kOutdated, Trouble::kStale);
  if (app.workers) {
    note(app.workers->of(WorkerState::kError) > 0, Trouble::kErrorWorkers);
    note(app.workers->of(WorkerState::kUnavailable) > 0, Trouble::kUnavailableWorkers);
  }
  // A threshold of 0 does not make a backlog of an empty queue.
  note(app.queue_size && *app.queue_size >= std::max<std::uint64_t>(app.backlog_threshold, 1),
       Trouble::kBacklog);
  // Of an app that is down nothing can be read at all.
  note(app.up == true && app.history_failure, Trouble::kNoHistory);
  return troubles;
}

std::optional<FailureStatus> failure_status(const std::optional<state::PollFailure>& failure,
                                            Timestamp now) {
  if (!failure) {
    return std::nullopt;
  }
  return FailureStatus{.reason = reason_of(failure->code),
                       .message = failure->message,
                       .since = failure->since,
                       .lasting = between(failure->since, now)};
}

AppStatus app_status(const state::AppSnapshot& snapshot, const StatusInput& input,
                     const std::string& metrics_url) {
  AppStatus app;
  app.app_namespace = snapshot.app.app_namespace;
  app.name = snapshot.app.name;
  app.up = snapshot.up;
  app.failure = failure_status(snapshot.failure, input.now);
  app.history_up = snapshot.history.up;
  app.history_failure = failure_status(snapshot.history.failure, input.now);
  app.last_history_success = snapshot.history.last_success;
  app.data = data_state(snapshot, input.steady_now);
  app.last_success = snapshot.last_success;
  if (snapshot.last_success) {
    app.age = between(*snapshot.last_success, input.now);
  }
  if (snapshot.next_poll) {
    app.next_poll_in = until(input.steady_now, *snapshot.next_poll);
  }
  if (const state::FleetView* fleet = state::fresh_fleet(snapshot, input.steady_now)) {
    app.workers = workers_of(*fleet);
    app.queue_size = fleet->queue_size;
  }
  app.backlog_threshold = snapshot.settings.queue_backlog_threshold;
  if (snapshot.counters != nullptr) {
    app.requests = requests_of(*snapshot.counters);
  }
  app.slo_objective_ratio = snapshot.settings.slo_objective_ratio;
  app.series_url = metrics_url + "?app=" + percent_encode(api::to_string(snapshot.app));
  app.troubles = troubles_of(app);
  return app;
}

/// Where an app belongs: less is further up. Without the name, which only breaks ties.
std::pair<int, std::int64_t> place(const AppStatus& app) {
  constexpr int kNotPolled = 100;
  constexpr int kWell = 101;
  if (app.troubles.empty()) {
    return {app.up ? kWell : kNotPolled, 0};
  }
  const auto most_first = [](std::uint64_t count) { return -static_cast<std::int64_t>(count); };
  const Trouble worst = app.troubles.front();
  const int rank = static_cast<int>(worst);
  switch (worst) {
    case Trouble::kDown:
      return {rank, app.failure ? -app.failure->lasting.count() : 0};
    case Trouble::kStale:
      return {rank, app.age ? -app.age->count() : 0};
    case Trouble::kErrorWorkers:
      return {rank, most_first(app.workers->of(WorkerState::kError))};
    case Trouble::kUnavailableWorkers:
      return {rank, most_first(app.workers->of(WorkerState::kUnavailable))};
    case Trouble::kBacklog:
      return {rank, most_first(*app.queue_size)};
    case Trouble::kNoHistory:
      return {rank, -app.history_failure->lasting.count()};
  }
  return {kWell, 0};
}

bool stands_before(const AppStatus& a, const AppStatus& b) {
  const auto place_of_a = place(a);
  const auto place_of_b = place(b);
  return std::tie(place_of_a, a.app_namespace, a.name) <
         std::tie(place_of_b, b.app_namespace, b.name);
}

}  // namespace

std::string_view to_string(Trouble trouble) {
  switch (trouble) {
    case Trouble::kDown:
      return "down";
    case Trouble::kStale:
      return "stale";
    case Trouble::kErrorWorkers:
      return "error_workers";
    case Trouble::kUnavailableWorkers:
      return "unavailable_workers";
    case Trouble::kBacklog:
      return "backlog";
    case Trouble::kNoHistory:
      return "no_history";
  }
  return "";
}

std::string_view to_string(DataState state) {
  switch (state) {
    case DataState::kFresh:
      return "fresh";
    case DataState::kOutdated:
      return "outdated";
    case DataState::kNone:
      return "none";
  }
  return "";
}

Status make_status(const StatusInput& input) {
  Status status{.version = std::string(input.version),
                .started = input.started,
                .now = input.now,
                .uptime = between(input.started, input.now),
                .config = input.config,
                .metrics_url = relative_url(input.telemetry_path),
                .apps = {}};
  status.apps.reserve(input.snapshots.size());
  for (const auto& snapshot : input.snapshots) {
    const AppStatus& app =
        status.apps.emplace_back(app_status(*snapshot, input, status.metrics_url));
    if (!app.up) {
      ++status.not_polled;
    } else {
      ++(*app.up ? status.up : status.down);
    }
    if (!app.troubles.empty()) {
      ++status.with_trouble;
    }
  }
  std::sort(status.apps.begin(), status.apps.end(), stands_before);
  return status;
}

std::string headline(const Status& status) {
  const std::size_t count = status.apps.size();
  if (count == 0) {
    return status.config.shard.total > 1 ? "This shard has no apps" : "There are no apps to watch";
  }
  if (status.with_trouble > 0) {
    return count == 1 ? "The app has trouble"
                      : fmt::format("{} of {} apps {} trouble", status.with_trouble, count,
                                    status.with_trouble == 1 ? "has" : "have");
  }
  if (status.not_polled == count) {
    return count == 1 ? "The app is not polled yet"
                      : fmt::format("None of the {} apps is polled yet", count);
  }
  if (status.not_polled > 0) {
    return fmt::format("{} of {} apps are up, {} not polled yet", status.up, count,
                       status.not_polled);
  }
  return count == 1 ? "The app is up" : fmt::format("All {} apps are up", count);
}

}  // namespace everai::web
