#include "metrics/catalogue.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace everai::metrics {
namespace {

using config::AppSettings;
using state::AppCounters;
using state::FleetView;
using state::WorkerView;

constexpr auto kGauge = Type::kGauge;
constexpr auto kCounter = Type::kCounter;
constexpr auto kHistogram = Type::kHistogram;
constexpr auto kStable = Stability::kStable;
constexpr auto kExperimental = Stability::kExperimental;

double number(std::uint64_t count) {
  return static_cast<double>(count);
}

template <typename Enum>
std::string_view name_at(std::size_t index) {
  return to_string(static_cast<Enum>(index));
}

// What rows have in common: a member of the fleet, of the counters, of the workers, or one sample
// for each value of an enum, zero-filled.

void add(Samples& samples, std::uint64_t value) {
  samples.add(number(value));
}

void add(Samples& samples, const std::optional<std::uint64_t>& value) {
  if (value) {
    samples.add(number(*value));
  }
}

void add(Samples& samples, const std::optional<Timestamp>& time) {
  if (time) {
    samples.add(unix_seconds(*time));
  }
}

/// A time of the platform's, by our clock: rules compare it with now.
double by_our_clock(const AppView& app, Timestamp time) {
  return unix_seconds(time + app.snapshot.clock_offset);
}

template <const auto& kBounds>
void add(Samples& samples, const state::Histogram<kBounds>& histogram) {
  static const auto bound_texts = [] {
    std::array<std::string, kBounds.size() + 1> texts;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      texts[i] = fmt::format("{}", kBounds[i]);
    }
    texts.back() = "+Inf";
    return texts;
  }();
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    below += histogram.counts[i];
    samples.add({{"le", bound_texts[i]}}, number(below), "_bucket");
  }
  samples.add({}, histogram.sum, "_sum");
  samples.add({}, number(below), "_count");
}

template <auto Member>
void of_fleet(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add(samples, app.fleet->*Member);
  }
}

template <auto Member>
void of_counters(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    add(samples, (*app.snapshot.counters).*Member);
  }
}

template <auto Member>
void time_of_fleet(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr && app.fleet->*Member) {
    samples.add(by_our_clock(app, *(app.fleet->*Member)));
  }
}

template <auto Member>
void time_of_counters(const AppView& app, Samples& samples) {
  if (app.snapshot.counters && (*app.snapshot.counters).*Member) {
    samples.add(by_our_clock(app, *((*app.snapshot.counters).*Member)));
  }
}

// What live listings leave out. While only they can be read, none of it in them says nothing.

bool is_left_out(state::WorkerState state) {
  return state == state::WorkerState::kError;
}

bool is_left_out(api::WorkerStatus status) {
  return status == api::WorkerStatus::kError || status == api::WorkerStatus::kTerminated;
}

/// Deleted and errored workers may have any.
bool is_left_out(api::DetailStatus /*any*/) {
  return true;
}

template <typename Enum, auto Member>
void by_enum(const AppView& app, Samples& samples, std::string_view label) {
  if (app.fleet != nullptr) {
    const auto& counts = app.fleet->*Member;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0 || app.fleet->history_known || !is_left_out(static_cast<Enum>(i))) {
        samples.add({{label, name_at<Enum>(i)}}, number(counts[i]));
      }
    }
  }
}

template <auto Member>
void of_workers(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const WorkerView& worker : app.fleet->workers) {
      samples.add({{"worker", worker.id}}, number(worker.*Member));
    }
  }
}

template <auto Member>
void time_of_workers(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const WorkerView& worker : app.fleet->workers) {
      if (worker.*Member) {
        samples.add({{"worker", worker.id}}, by_our_clock(app, *(worker.*Member)));
      }
    }
  }
}

template <auto Member>
void of_revisions(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    for (const state::RevisionCounters& each : app.snapshot.counters->revisions) {
      const bool is_new = app.snapshot.new_series.has_revision(each.revision);
      samples.add({{"revision", each.revision}}, is_new ? 0 : number(each.*Member));
    }
    const state::RevisionCounters& other = app.snapshot.counters->other_revisions;
    samples.add({{"revision", other.revision}}, number(other.*Member));
  }
}

template <auto Member>
void of_settings(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    samples.add(static_cast<double>(app.snapshot.settings.*Member));
  }
}

// Rows that are made of more than one member.

void gpu_prices(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    for (const config::GpuPrice& price : app.snapshot.settings.gpu_prices) {
      samples.add({{"gpu_model", price.model}, {"currency", price.currency}}, price.per_hour);
    }
  }
}

void up(const AppView& app, Samples& samples) {
  if (app.snapshot.up) {
    samples.add(*app.snapshot.up ? 1 : 0);
  }
}

void history_up(const AppView& app, Samples& samples) {
  if (app.snapshot.history.up) {
    samples.add(*app.snapshot.history.up ? 1 : 0);
  }
}

void info(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    samples.add({{"app_id", app.fleet->app_id}, {"queue_name", app.fleet->queue_name}}, 1);
  }
}

void workers(const AppView& app, Samples& samples) {
  by_enum<state::WorkerState, &FleetView::by_state>(app, samples, "state");
}

void workers_by_status(const AppView& app, Samples& samples) {
  by_enum<api::WorkerStatus, &FleetView::by_status>(app, samples, "status");
}

void workers_by_detail_status(const AppView& app, Samples& samples) {
  by_enum<api::DetailStatus, &FleetView::by_detail_status>(app, samples, "detail_status");
}

void workers_by_revision(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const auto& [revision, count] : app.fleet->by_revision) {
      samples.add({{"revision", revision}}, number(count));
    }
  }
}

void gpus(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const state::GpuHoldings& gpu : app.fleet->gpus) {
      for (std::size_t i = 0; i < gpu.by_state.size(); ++i) {
        samples.add({{"state", name_at<state::WorkerState>(i)}, {"gpu_model", gpu.model}},
                    number(gpu.by_state[i]));
      }
    }
  }
}

void worker_seconds(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    const auto& seconds = app.snapshot.counters->worker_seconds;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
      samples.add({{"state", name_at<state::WorkerState>(i)}}, seconds[i]);
    }
  }
}

void gpu_seconds(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    for (const state::GpuSeconds& gpu : app.snapshot.counters->gpu_seconds) {
      const bool is_new = app.snapshot.new_series.has_gpu_model(gpu.model);
      for (std::size_t i = 0; i < gpu.by_state.size(); ++i) {
        samples.add({{"state", name_at<state::WorkerState>(i)}, {"gpu_model", gpu.model}},
                    is_new ? 0 : gpu.by_state[i]);
      }
    }
  }
}

void poll_failures(const AppView& app, Samples& samples) {
  for (std::size_t i = 0; i < kPollFailureReasons; ++i) {
    samples.add({{"reason", reason_of(static_cast<ErrorCode>(i))}},
                number(app.snapshot.failures[i]));
  }
}

void quiet_until(const AppView& app, Samples& samples) {
  const auto& failure = app.snapshot.failure ? app.snapshot.failure : app.snapshot.history.failure;
  if (failure) {
    add(samples, failure->quiet_until);
  }
}

void last_history_success(const AppView& app, Samples& samples) {
  add(samples, app.snapshot.history.last_success);
}

void last_poll_success(const AppView& app, Samples& samples) {
  add(samples, app.snapshot.last_success);
}

void poll_duration(const AppView& app, Samples& samples) {
  if (app.snapshot.poll_duration) {
    samples.add(std::chrono::duration<double>(*app.snapshot.poll_duration).count());
  }
}

void skipped_workers(const AppView& app, Samples& samples) {
  add(samples, app.snapshot.skipped_workers);
}

void worker_info(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const WorkerView& worker : app.fleet->workers) {
      samples.add({{"worker", worker.id},
                   {"device", worker.device_id},
                   {"revision", worker.revision},
                   {"gpu_model", worker.gpu_model}},
                  1);
    }
  }
}

void worker_state_now(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    for (const WorkerView& worker : app.fleet->workers) {
      samples.add({{"worker", worker.id}, {"state", to_string(worker.state)}}, 1);
    }
  }
}

constexpr std::array kAppFamilies{
    AppFamily{"everai_app_up", "",
              "1 if the last poll of the app succeeded, 0 if it failed; "
              "everai_app_poll_failures_total says why. The live listing alone makes it succeed.",
              kGauge, "", "the poll", kStable, up},
    AppFamily{
        "everai_app_history_up", "",
        "1 if the last poll of the app read the history listing, 0 if it did without: deleted "
        "and errored workers are unknown then.",
        kGauge, "", "the poll", kStable, history_up},
    AppFamily{"everai_app_info", "app_id, queue_name",
              "Facts about the app as of the last poll; always 1.", kGauge, "",
              "worker appId, queueName", kStable, info},
    AppFamily{"everai_app_workers", "state",
              "Workers that are present, by state, as of the last poll; every worker is in exactly "
              "one state. The state error is absent while the history listing cannot be read.",
              kGauge, "", "worker status, detailStatus", kStable, workers},
    AppFamily{"everai_app_workers_by_status", "status",
              "Workers that the platform lists, recently deleted ones included, by its own status, "
              "as of the last poll; live ones alone while the history listing cannot be read.",
              kGauge, "", "worker status", kStable, workers_by_status},
    AppFamily{"everai_app_workers_by_detail_status", "detail_status",
              "Workers that the platform lists, recently deleted ones included, by its own detail "
              "status, as of the last poll; live ones alone while the history listing cannot be "
              "read.",
              kGauge, "", "worker detailStatus", kStable, workers_by_detail_status},
    AppFamily{
        "everai_app_workers_by_revision", "revision",
        "Workers that are present, by revision, as of the last poll; the ten revisions with the "
        "most workers, the rest as other.",
        kGauge, "", "worker appRevision", kStable, workers_by_revision},
    AppFamily{"everai_app_workers_max", "",
              "Most workers that the app may have, as of the last poll; absent while unknown.",
              kGauge, "", "maxWorkers", kStable, of_fleet<&FleetView::max_workers>},
    AppFamily{"everai_app_queue_size", "",
              "Requests that wait in the app's queue, as of the last poll.", kGauge, "",
              "queueSize", kStable, of_fleet<&FleetView::queue_size>},
    AppFamily{"everai_app_sessions", "",
              "Sessions that are open on present workers, as of the last poll.", kGauge, "",
              "worker sessionNumber", kStable, of_fleet<&FleetView::sessions>},
    AppFamily{"everai_app_cpus", "",
              "CPUs that workers of the live listing hold, as of the last poll.", kGauge, "",
              "worker CPUs", kStable, of_fleet<&FleetView::cpus>},
    AppFamily{"everai_app_memory_bytes", "",
              "Memory that workers of the live listing hold, as of the last poll.", kGauge, "bytes",
              "worker memory", kStable, of_fleet<&FleetView::memory_bytes>},
    AppFamily{
        "everai_app_gpus", "state, gpu_model",
        "GPUs that workers of the live listing hold, by the workers' state, as of the last poll.",
        kGauge, "", "worker gpuNum, gpuModel, GPUs, GPUName", kStable, gpus},
    AppFamily{"everai_app_requests_total", "",
              "Requests that the app's workers finished, successful and failed, since the exporter "
              "began to watch the app; as of the last poll.",
              kCounter, "", "worker successCount, failedCount", kStable,
              of_counters<&AppCounters::requests>},
    AppFamily{
        "everai_app_requests_failed_total", "",
        "Requests that the app's workers finished and that failed, since the exporter began to "
        "watch the app; as of the last poll.",
        kCounter, "", "worker failedCount", kStable, of_counters<&AppCounters::failed>},
    AppFamily{"everai_app_revision_requests_total", "revision",
              "Requests that workers of the revision finished, as everai_app_requests_total; ten "
              "revisions at a time, the rest as other.",
              kCounter, "", "worker successCount, failedCount, appRevision", kStable,
              of_revisions<&state::RevisionCounters::requests>},
    AppFamily{"everai_app_revision_requests_failed_total", "revision",
              "Requests that workers of the revision finished and that failed.", kCounter, "",
              "worker failedCount, appRevision", kStable,
              of_revisions<&state::RevisionCounters::failed>},
    AppFamily{"everai_app_workers_created_total", "",
              "Workers that were created since the exporter began to watch the app.", kCounter, "",
              "worker createdAt", kStable, of_counters<&AppCounters::created>},
    AppFamily{"everai_app_workers_deleted_total", "",
              "Workers that were deleted or terminated, or that neither listing has had for three "
              "polls.",
              kCounter, "", "worker deletedAt, status", kStable,
              of_counters<&AppCounters::deleted>},
    AppFamily{"everai_app_workers_replaced_total", "",
              "Workers that were created to take the place of another.", kCounter, "",
              "worker replaceWorkerId", kStable, of_counters<&AppCounters::replaced>},
    AppFamily{"everai_app_workers_never_served_total", "",
              "Workers that were deleted or terminated without having finished a request.",
              kCounter, "", "worker deletedAt, successCount, failedCount", kStable,
              of_counters<&AppCounters::never_served>},
    AppFamily{"everai_app_worker_errors_total", "",
              "Times that a worker entered STATUS_ERROR, at most once for each of its launches.",
              kCounter, "", "worker status", kStable, of_counters<&AppCounters::worker_errors>},
    AppFamily{"everai_app_worker_regressions_total", "",
              "Worker records that showed less than an earlier one without a new launch, and added "
              "nothing.",
              kCounter, "", "worker successCount, failedCount, launchAt", kStable,
              of_counters<&AppCounters::regressions>},
    AppFamily{
        "everai_app_workers_skipped_total", "",
        "Worker records of the API's answers that could not be read and were left out: no id, or "
        "a status or count of a wrong type.",
        kCounter, "", "the poll", kStable, skipped_workers},
    AppFamily{"everai_app_worker_seconds_total", "state",
              "Time that workers spent in each state, summed over workers; integrated over polls, "
              "longer gaps between good polls left out.",
              kCounter, "seconds", "worker status, detailStatus", kStable, worker_seconds},
    AppFamily{
        "everai_app_gpu_seconds_total", "state, gpu_model",
        "Time that GPUs were held, by their workers' state, summed over GPUs; integrated over "
        "polls, longer gaps between good polls left out.",
        kCounter, "seconds", "worker gpuNum, gpuModel, status, detailStatus", kStable, gpu_seconds},
    AppFamily{"everai_app_worker_launch_duration_seconds", "le",
              "How long workers took from their creation to their first launch.", kHistogram,
              "seconds", "worker createdAt, launchAt", kStable,
              of_counters<&AppCounters::launch_duration>},
    AppFamily{"everai_app_worker_ready_duration_seconds", "le",
              "How long workers took from their creation until a poll first saw them busy or free.",
              kHistogram, "seconds", "worker createdAt, status, detailStatus", kStable,
              of_counters<&AppCounters::ready_duration>},
    AppFamily{"everai_app_worker_lifetime_seconds", "le",
              "How long workers lived, from their creation to their deletion.", kHistogram,
              "seconds", "worker createdAt, deletedAt", kStable,
              of_counters<&AppCounters::lifetime>},
    AppFamily{"everai_app_last_scale_up_timestamp_seconds", "",
              "When the platform last scaled the app up, as of the last poll; absent if never.",
              kGauge, "seconds", "lastScaleUpTime", kStable,
              time_of_fleet<&FleetView::last_scale_up>},
    AppFamily{"everai_app_last_scale_down_timestamp_seconds", "",
              "When the platform last deleted a worker to scale the app down, as of the last poll; "
              "absent if never.",
              kGauge, "seconds", "lastScaleDownDeleteTime", kStable,
              time_of_fleet<&FleetView::last_scale_down_delete>},
    AppFamily{"everai_app_last_served_timestamp_seconds", "",
              "When a worker of the app last served a request; absent before one is known.", kGauge,
              "seconds", "worker lastServeAt", kStable,
              time_of_counters<&AppCounters::last_served>},
    AppFamily{"everai_app_last_worker_error_timestamp_seconds", "",
              "When a poll last saw a worker enter STATUS_ERROR; absent before that.", kGauge,
              "seconds", "worker status", kStable,
              time_of_counters<&AppCounters::last_worker_error>},
    AppFamily{
        "everai_app_oldest_starting_worker_timestamp_seconds", "",
        "When the worker that has been starting for longest was created, as of the last poll; "
        "absent if none is starting.",
        kGauge, "seconds", "worker createdAt", kStable, time_of_fleet<&FleetView::oldest_starting>},
    AppFamily{"everai_app_last_poll_success_timestamp_seconds", "",
              "When the last successful poll of the app ended; absent before it.", kGauge,
              "seconds", "the poll", kStable, last_poll_success},
    AppFamily{"everai_app_last_history_success_timestamp_seconds", "",
              "When a poll last read the app's history listing; absent before that.", kGauge,
              "seconds", "the poll", kStable, last_history_success},
    AppFamily{"everai_app_poll_duration_seconds", "",
              "How long the last poll of the app took, all its listings together.", kGauge,
              "seconds", "the poll", kStable, poll_duration},
    AppFamily{"everai_app_poll_failures_total", "reason",
              "Polls of the app that failed, or did without the history listing because it failed, "
              "by reason.",
              kCounter, "", "the poll", kStable, poll_failures},
    AppFamily{"everai_app_quiet_until_timestamp_seconds", "",
              "Until when the platform asked not to be polled for the app, with its last answer; "
              "absent if it did not.",
              kGauge, "seconds", "Retry-After", kStable, quiet_until},
    AppFamily{"everai_app_slo_objective_ratio", "",
              "Share of requests that are to succeed, from the configuration.", kGauge, "ratio",
              "configuration", kStable, of_settings<&AppSettings::slo_objective_ratio>},
    AppFamily{"everai_app_queue_backlog_threshold", "",
              "Length from which the queue counts as a backlog, from the configuration.", kGauge,
              "", "configuration", kStable, of_settings<&AppSettings::queue_backlog_threshold>},
    AppFamily{"everai_app_gpu_price_per_hour", "gpu_model, currency",
              "What an hour of a GPU costs the app, from the configuration.", kGauge, "",
              "configuration", kStable, gpu_prices},
    AppFamily{
        "everai_worker_info", "worker, device, revision, gpu_model",
        "Facts about a present worker as of the last poll; always 1. With --collector.workers.",
        kGauge, "", "worker id, deviceId, appRevision, gpuModel", kExperimental, worker_info},
    AppFamily{"everai_worker_state", "worker, state",
              "The state that a present worker is in, as of the last poll; always 1. With "
              "--collector.workers.",
              kGauge, "", "worker status, detailStatus", kExperimental, worker_state_now},
    AppFamily{"everai_worker_sessions", "worker",
              "Sessions that are open on a present worker, as of the last poll. With "
              "--collector.workers.",
              kGauge, "", "worker sessionNumber", kExperimental, of_workers<&WorkerView::sessions>},
    AppFamily{"everai_worker_requests_total", "worker",
              "Requests that a present worker finished, as the platform counts them. With "
              "--collector.workers.",
              kCounter, "", "worker successCount, failedCount", kExperimental,
              of_workers<&WorkerView::requests>},
    AppFamily{
        "everai_worker_requests_failed_total", "worker",
        "Requests that a present worker finished and that failed, as the platform counts them. "
        "With --collector.workers.",
        kCounter, "", "worker failedCount", kExperimental, of_workers<&WorkerView::failed>},
    AppFamily{"everai_worker_created_timestamp_seconds", "worker",
              "When a present worker was created. With --collector.workers.", kGauge, "seconds",
              "worker createdAt", kExperimental, time_of_workers<&WorkerView::created_at>},
    AppFamily{"everai_worker_launched_timestamp_seconds", "worker",
              "When a present worker's container was launched; absent before that. With "
              "--collector.workers.",
              kGauge, "seconds", "worker launchAt", kExperimental,
              time_of_workers<&WorkerView::launch_at>},
    AppFamily{"everai_worker_last_served_timestamp_seconds", "worker",
              "When a present worker last served, as the platform says; it says so of workers that "
              "never did, too. With --collector.workers.",
              kGauge, "seconds", "worker lastServeAt", kExperimental,
              time_of_workers<&WorkerView::last_serve_at>},
};

}  // namespace

std::span<const AppFamily> app_families() {
  return kAppFamilies;
}

}  // namespace everai::metrics
