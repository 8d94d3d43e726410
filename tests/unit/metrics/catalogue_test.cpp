#include "metrics/catalogue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace everai::metrics {
namespace {

TEST(Catalogue, FollowsTheNamingRules) {
  std::set<std::string_view> names;
  for (const AppFamily& family : app_families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name << " stands twice";
    EXPECT_TRUE(family.name.starts_with("everai_app_") || family.name.starts_with("everai_worker_"))
        << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == Type::kCounter) << family.name;
    EXPECT_FALSE(family.name.ends_with("_count")) << family.name;
    EXPECT_TRUE(family.help.ends_with(".")) << family.name;
    // The base unit stands in the name, before a counter's suffix.
    const std::string unit = family.unit.empty() ? "" : "_" + std::string(family.unit);
    const std::string suffix = family.type == Type::kCounter ? "_total" : "";
    EXPECT_TRUE(family.name.ends_with(unit + suffix)) << family.name;
    EXPECT_FALSE(family.source.empty()) << family.name;
  }
}

/// The samples of a family by the value of their first label.
std::map<std::string_view, double> samples_of(std::string_view family, const AppView& app) {
  std::map<std::string_view, double> found;
  for (const AppFamily& row : app_families()) {
    if (row.name == family) {
      Samples samples;
      row.collect(app, samples);
      for (const Sample& sample : samples.all()) {
        found[sample.label_count > 0 ? sample.labels[0].value : ""] = sample.value;
      }
    }
  }
  return found;
}

TEST(Catalogue, ShowsNoZeroOfWhatOnlyAHistoryTellsWhileThereIsNone) {
  const state::AppSnapshot snapshot;
  state::FleetView fleet;
  fleet.by_state[static_cast<std::size_t>(state::WorkerState::kBusy)] = 2;
  fleet.by_status[static_cast<std::size_t>(api::WorkerStatus::kRunning)] = 2;
  fleet.by_detail_status[static_cast<std::size_t>(api::DetailStatus::kBusy)] = 2;
  const AppView app{snapshot, &fleet};
  EXPECT_EQ(samples_of("everai_app_workers", app).at("error"), 0);

  fleet.history_known = false;
  auto states = samples_of("everai_app_workers", app);
  EXPECT_FALSE(states.contains("error"));
  EXPECT_EQ(states.at("busy"), 2);
  EXPECT_EQ(states.at("unavailable"), 0);
  EXPECT_EQ(states.size(), state::kWorkerStateCount - 1);
  const auto statuses = samples_of("everai_app_workers_by_status", app);
  EXPECT_FALSE(statuses.contains("STATUS_ERROR") || statuses.contains("STATUS_TERMINATED"));
  EXPECT_EQ(statuses.size(), api::kWorkerStatusCount - 2);
  EXPECT_EQ(samples_of("everai_app_workers_by_detail_status", app),
            (std::map<std::string_view, double>{{"DETAIL_STATUS_BUSY", 2}}));

  fleet.by_state[static_cast<std::size_t>(state::WorkerState::kError)] = 1;
  EXPECT_EQ(samples_of("everai_app_workers", app).at("error"), 1) << "the live listing shows it";
}

TEST(Catalogue, SaysWhetherTheHistoryWasRead) {
  state::AppSnapshot snapshot;
  const AppView app{snapshot, nullptr};
  EXPECT_TRUE(samples_of("everai_app_history_up", app).empty());
  EXPECT_TRUE(samples_of("everai_app_last_history_success_timestamp_seconds", app).empty());
  snapshot.up = true;
  snapshot.history.up = false;
  snapshot.history.failure = state::PollFailure{
      .message = "busy", .quiet_until = Timestamp{std::chrono::seconds{1727602800}}};
  EXPECT_EQ(samples_of("everai_app_history_up", app).at(""), 0);
  EXPECT_EQ(samples_of("everai_app_quiet_until_timestamp_seconds", app).at(""), 1727602800);
  snapshot.history = {
      .up = true, .failure = {}, .last_success = Timestamp{std::chrono::seconds{1727602800}}};
  EXPECT_EQ(samples_of("everai_app_history_up", app).at(""), 1);
  EXPECT_EQ(samples_of("everai_app_last_history_success_timestamp_seconds", app).at(""),
            1727602800);
}

TEST(Catalogue, ShowsThePlatformsTimesByOurClock) {
  constexpr Timestamp kTime{std::chrono::seconds{1727602800}};
  state::AppSnapshot snapshot;
  state::AppCounters counters;
  counters.last_served = kTime;
  counters.last_worker_error = kTime;
  snapshot.counters = std::make_shared<const state::AppCounters>(counters);
  snapshot.last_success = kTime;
  snapshot.clock_offset = std::chrono::minutes{20};
  state::FleetView fleet;
  fleet.oldest_starting = kTime;
  fleet.last_scale_up = kTime;
  fleet.last_scale_down_delete = kTime;
  state::WorkerView& worker = fleet.workers.emplace_back();
  worker.id = "a";
  worker.created_at = kTime;
  const AppView app{snapshot, &fleet};
  for (const std::string_view name :
       {"everai_app_oldest_starting_worker_timestamp_seconds",
        "everai_app_last_scale_up_timestamp_seconds",
        "everai_app_last_scale_down_timestamp_seconds", "everai_app_last_served_timestamp_seconds",
        "everai_app_last_worker_error_timestamp_seconds"}) {
    EXPECT_EQ(samples_of(name, app).at(""), 1727602800 + 1200) << name;
  }
  EXPECT_EQ(samples_of("everai_worker_created_timestamp_seconds", app).at("a"), 1727602800 + 1200);
  EXPECT_EQ(samples_of("everai_app_last_poll_success_timestamp_seconds", app).at(""), 1727602800);
}

TEST(Catalogue, ShowsNewSeriesAtZero) {
  state::AppSnapshot snapshot;
  state::AppCounters counters;
  counters.revisions = {{.revision = "r1", .requests = 5}, {.revision = "r2", .requests = 7}};
  counters.gpu_seconds = {{.model = "A100", .by_state = {3}}};
  snapshot.counters = std::make_shared<const state::AppCounters>(counters);
  snapshot.new_series = {.revisions = {"r2"}, .gpu_models = {"A100"}};
  const auto requests = samples_of("everai_app_revision_requests_total", {snapshot, nullptr});
  EXPECT_EQ(requests.at("r1"), 5);
  EXPECT_EQ(requests.at("r2"), 0);
  EXPECT_EQ(samples_of("everai_app_gpu_seconds_total", {snapshot, nullptr}).at("error"), 0);
}

}  // namespace
}  // namespace everai::metrics
