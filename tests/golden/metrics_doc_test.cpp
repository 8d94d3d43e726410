// docs/metrics.md is written from the catalogue: EVERAI_GOLDEN_REWRITE=1 writes it anew.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "metrics/catalogue.hpp"
#include "metrics/dropped_series.hpp"
#include "metrics/own_metrics.hpp"
#include "metrics/process_metrics.hpp"
#include "metrics/state_metrics.hpp"
#include "support/files.hpp"

namespace everai::metrics {
namespace {

constexpr std::string_view kHead = R"(# Metrics

Written from the catalogue in `src/metrics/`; do not edit it by hand.

All gauges of apps say what held **as of the app's last good poll**. They go when that is too old (three intervals), so that a graph
has a gap where nothing is known; counters and histograms stay. With `--state.file` counters and histograms can be 15 s behind the
gauges: they are shown once they are written ([ADR 4](adr/0004-state-file.md)). Before an app's first good poll only `everai_app_up` and the metrics
of its polls are there. [counters.md](counters.md) tells how the counters stay true while workers come and go, and
[what is absent while the history listing cannot be read](counters.md#while-the-history-cannot-be-read).

Stable metrics keep name, labels and meaning; experimental ones may change with a minor version.

## Apps
Every one has the labels `app_namespace` and `app`; more labels stand with the name. The source is the field of the platform's answer.

)";

constexpr std::string_view kStates = R"(
### States
Every present worker is in exactly one `state`; the first rule that matches wins.

| state | the platform says |
|---|---|
| `error` | `STATUS_ERROR` |
| `unavailable` | `STATUS_UNAVAILABLE` |
| `removing` | `STATUS_TERMINATING`, `STATUS_TERMINATED` between the two listings of a poll, or `DETAIL_STATUS_REMOVE` |
| `rolling_in` | `DETAIL_STATUS_ROLLIN` |
| `starting` | `STATUS_CREATED`, `STATUS_INITIALIZED`, `STATUS_PENDING`, or `DETAIL_STATUS_IN_FLIGHT` |
| `busy` | `STATUS_RUNNING` and `DETAIL_STATUS_BUSY` |
| `free` | `STATUS_RUNNING` and `DETAIL_STATUS_FREE` |
| `unknown` | anything else |

A worker is present if the live listing has it, or if the history has it neither deleted nor terminated.

### Reasons
`everai_app_poll_failures_total` has a series for each `reason` from the start.

| reason | what happened |
|---|---|
| `timeout` | no whole answer by the deadline |
| `connect` | no connection, or it broke before an answer came |
| `tls` | the certificate or the handshake was refused |
| `unauthorized` | no usable token, or status 401 |
| `forbidden` | status 403 |
| `payment_required` | status 402 |
| `proxy_auth` | status 407: the proxy asks for a user and a password |
| `blocked` | a firewall, a proxy or a log-in page answered: an HTML page with a status such as 401, 403 or 404; status 511; a proxy that lets nothing through |
| `redirect` | the answer leads to another address, which is not followed |
| `not_found` | status 404: there is no such app; its gauges go at once |
| `rate_limited` | status 429; `Retry-After` is obeyed |
| `server_error` | any other status |
| `parse` | the answer is cut off, or is not a listing, such as an HTML page with status 200 |
| `too_large` | the answer is over a size limit |

)";

std::string code_list(std::string_view labels) {
  std::string text;
  while (!labels.empty()) {
    const std::size_t end = labels.find(", ");
    text += fmt::format("{}`{}`", text.empty() ? "" : " ", labels.substr(0, end));
    labels = end == std::string_view::npos ? "" : labels.substr(end + 2);
  }
  return text;
}

std::string_view to_string(Stability stability) {
  return stability == Stability::kStable ? "stable" : "experimental";
}

std::string app_table() {
  std::string text =
      "| name | type | labels | unit | meaning | source | stability |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const AppFamily& family : app_families()) {
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", family.name,
                        to_string(family.type), code_list(family.labels), family.unit, family.help,
                        family.source, to_string(family.stability));
  }
  return text;
}

/// All families that are about no app, each with at least one series.
std::vector<OwnFamily> own_families() {
  OwnMetrics own;
  own.count_device_error("host");
  own.count_http_request("/metrics", 200);
  std::vector<OwnFamily> families = own.collect();
  families.push_back(dropped_series({}));
  for (OwnFamily& family : state_metrics({.last_write_success = Timestamp{}})) {
    families.push_back(std::move(family));
  }
  std::sort(families.begin(), families.end(),
            [](const OwnFamily& a, const OwnFamily& b) { return a.name < b.name; });
  for (OwnFamily& family : process_metrics()) {
    families.push_back(std::move(family));
  }
  return families;
}

std::string own_table() {
  std::string text = "| name | type | labels | meaning |\n|---|---|---|---|\n";
  for (const OwnFamily& family : own_families()) {
    std::set<std::string> labels;
    for (const auto& sample : family.samples) {
      for (const auto& [name, value] : sample.labels) {
        labels.insert(fmt::format("`{}`", name));
      }
    }
    std::string list;
    for (const std::string& label : labels) {
      list += (list.empty() ? "" : " ") + label;
    }
    text += fmt::format("| `{}` | {} | {} | {} |\n", family.name, to_string(family.type), list,
                        family.help);
  }
  return text;
}

TEST(MetricsDoc, IsCurrent) {
  const std::string text = fmt::format("{}{}{}## Exporter, devices, prices\nAll are stable.\n\n{}",
                                       kHead, app_table(), kStates, own_table());
  const std::string path = std::string(EVERAI_DOCS) + "/metrics.md";
  if (std::getenv("EVERAI_GOLDEN_REWRITE") != nullptr) {
    test::write_file(path, text);
  }
  EXPECT_EQ(test::read_file(path), text);
}

TEST(Catalogue, NamesTheLabelsThatItsRowsHave) {
  state::AppCounters counters;
  counters.gpu_seconds.push_back({.model = "m"});
  counters.last_served = Timestamp{std::chrono::seconds{1}};
  counters.last_worker_error = counters.last_served;
  state::FleetView fleet;
  fleet.by_revision.emplace_back("r", 1);
  fleet.gpus.push_back({.model = "m"});
  fleet.queue_size = 1;
  fleet.max_workers = 1;
  fleet.last_scale_up = fleet.last_scale_down_delete = fleet.oldest_starting = counters.last_served;
  fleet.workers.push_back({.id = "w",
                           .device_id = "d",
                           .revision = "r",
                           .gpu_model = "m",
                           .created_at = counters.last_served,
                           .launch_at = counters.last_served,
                           .last_serve_at = counters.last_served});
  state::AppSnapshot snapshot;
  snapshot.settings.gpu_prices = {{"m", 1, "USD"}};
  snapshot.up = true;
  snapshot.failure.emplace().quiet_until = counters.last_served;
  snapshot.last_success = counters.last_served;
  snapshot.history = {.up = true, .failure = {}, .last_success = counters.last_served};
  snapshot.poll_duration = std::chrono::microseconds{1};
  snapshot.counters = std::make_shared<const state::AppCounters>(counters);
  Samples samples;
  for (const AppFamily& family : app_families()) {
    samples.clear();
    family.collect({snapshot, &fleet}, samples);
    ASSERT_FALSE(samples.all().empty()) << family.name;
    std::string labels;
    for (const Label& label : samples.all().front().used_labels()) {
      labels += (labels.empty() ? "" : ", ") + std::string(label.name);
    }
    EXPECT_EQ(family.labels, labels) << family.name;
  }
}

}  // namespace
}  // namespace everai::metrics
