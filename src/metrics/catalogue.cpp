#include "metrics/catalogue.hpp"

#include <array>

namespace everai::metrics {
namespace {

using state::AppCounters;
using state::FleetView;

void add_time(Samples& samples, const std::optional<Timestamp>& time) {
  if (time) {
    samples.add(unix_seconds(*time));
  }
}

void add_count(Samples& samples, const std::optional<std::uint64_t>& count) {
  if (count) {
    samples.add(static_cast<double>(*count));
  }
}

/// One sample for each value of an enum, zero-filled; the index is the enum's value.
template <typename Enum, std::size_t N>
void add_by(Samples& samples, std::string_view label, const std::array<std::uint64_t, N>& counts) {
  for (std::size_t i = 0; i < N; ++i) {
    samples.add({label, to_string(static_cast<Enum>(i))}, static_cast<double>(counts[i]));
  }
}

void up(const AppView& app, Samples& samples) {
  if (app.snapshot.up) {
    samples.add(*app.snapshot.up ? 1 : 0);
  }
}

void info(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    samples.add({"app_id", app.fleet->app_id}, {"queue_name", app.fleet->queue_name}, 1);
  }
}

void workers(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add_by<state::WorkerState>(samples, "state", app.fleet->by_state);
  }
}

void workers_by_status(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add_by<api::WorkerStatus>(samples, "status", app.fleet->by_status);
  }
}

void workers_by_detail_status(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add_by<api::DetailStatus>(samples, "detail_status", app.fleet->by_detail_status);
  }
}

void poll_failures(const AppView& app, Samples& samples) {
  for (std::size_t i = 0; i < kPollFailureReasons; ++i) {
    samples.add({"reason", reason_of(static_cast<ErrorCode>(i))},
                static_cast<double>(app.snapshot.failures[i]));
  }
}

/// Rows that read one member of the fleet or the counters.
template <auto Member>
void fleet_count(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add_count(samples, app.fleet->*Member);
  }
}

template <auto Member>
void fleet_time(const AppView& app, Samples& samples) {
  if (app.fleet != nullptr) {
    add_time(samples, app.fleet->*Member);
  }
}

template <auto Member>
void counter(const AppView& app, Samples& samples) {
  if (app.snapshot.counters) {
    samples.add(static_cast<double>((*app.snapshot.counters).*Member));
  }
}

void last_poll_success(const AppView& app, Samples& samples) {
  add_time(samples, app.snapshot.last_success);
}

void poll_duration(const AppView& app, Samples& samples) {
  if (app.snapshot.poll_duration) {
    samples.add(std::chrono::duration<double>(*app.snapshot.poll_duration).count());
  }
}

void skipped_workers(const AppView& app, Samples& samples) {
  samples.add(static_cast<double>(app.snapshot.skipped_workers));
}

constexpr std::array kAppFamilies{
    AppFamily{
        "everai_app_up",
        "1 if the last poll of the app succeeded, 0 if it failed; everai_app_poll_failures_total "
        "says why.",
        Type::kGauge, "", Stability::kStable, up},
    AppFamily{"everai_app_info", "Facts about the app as of the last poll; always 1.", Type::kGauge,
              "", Stability::kStable, info},
    AppFamily{
        "everai_app_workers",
        "Workers that are present, by state, as of the last poll; every worker is in exactly one "
        "state.",
        Type::kGauge, "", Stability::kStable, workers},
    AppFamily{
        "everai_app_workers_by_status",
        "Workers that the platform lists, recently deleted ones included, by its own status, as "
        "of the last poll.",
        Type::kGauge, "", Stability::kStable, workers_by_status},
    AppFamily{"everai_app_workers_by_detail_status",
              "Workers that the platform lists, recently deleted ones included, by its own detail "
              "status, as of the last poll.",
              Type::kGauge, "", Stability::kStable, workers_by_detail_status},
    AppFamily{"everai_app_workers_max",
              "Most workers that the app may have, as of the last poll; absent while unknown.",
              Type::kGauge, "", Stability::kStable, fleet_count<&FleetView::max_workers>},
    AppFamily{"everai_app_queue_size",
              "Requests that wait in the app's queue, as of the last poll.", Type::kGauge, "",
              Stability::kStable, fleet_count<&FleetView::queue_size>},
    AppFamily{"everai_app_requests_total",
              "Requests that the app's workers finished, successful and failed, since the exporter "
              "began to watch the app; as of the last poll.",
              Type::kCounter, "", Stability::kStable, counter<&AppCounters::requests>},
    AppFamily{
        "everai_app_requests_failed_total",
        "Requests that the app's workers finished and that failed, since the exporter began to "
        "watch the app; as of the last poll.",
        Type::kCounter, "", Stability::kStable, counter<&AppCounters::failed>},
    AppFamily{
        "everai_app_worker_regressions_total",
        "Worker records that showed lower counts than an earlier one without a new launch, and "
        "added nothing.",
        Type::kCounter, "", Stability::kStable, counter<&AppCounters::regressions>},
    AppFamily{"everai_app_workers_skipped_total",
              "Worker records of the API's answers that could not be read and were left out.",
              Type::kCounter, "", Stability::kStable, skipped_workers},
    AppFamily{"everai_app_last_scale_up_timestamp_seconds",
              "When the platform last scaled the app up, as of the last poll; absent if never.",
              Type::kGauge, "seconds", Stability::kStable, fleet_time<&FleetView::last_scale_up>},
    AppFamily{"everai_app_last_scale_down_timestamp_seconds",
              "When the platform last deleted a worker to scale the app down, as of the last poll; "
              "absent if never.",
              Type::kGauge, "seconds", Stability::kStable,
              fleet_time<&FleetView::last_scale_down_delete>},
    AppFamily{"everai_app_last_poll_success_timestamp_seconds",
              "When the last successful poll of the app ended; absent before it.", Type::kGauge,
              "seconds", Stability::kStable, last_poll_success},
    AppFamily{"everai_app_poll_duration_seconds",
              "How long the last poll of the app took, both its listings together.", Type::kGauge,
              "seconds", Stability::kStable, poll_duration},
    AppFamily{"everai_app_poll_failures_total", "Polls of the app that failed, by reason.",
              Type::kCounter, "", Stability::kStable, poll_failures},
};

}  // namespace

std::span<const AppFamily> app_families() {
  return kAppFamilies;
}

}  // namespace everai::metrics
