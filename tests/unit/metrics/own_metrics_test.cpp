#include "metrics/own_metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace everai::metrics {
namespace {

using Series = std::map<std::string, double>;

/// The series of a family by the values of their labels, as a page shows them.
Series shown(OwnMetrics& own, std::string_view name) {
  Series series;
  for (const OwnFamily& family : own.collect()) {
    if (family.name == name) {
      for (const OwnFamily::OwnSample& sample : family.samples) {
        std::string key;
        for (const auto& [label, value] : sample.labels) {
          key += (key.empty() ? "" : " ") + value;
        }
        series[key] = sample.value;
      }
    }
  }
  return series;
}

api::ListingAnswer answer(int status) {
  return {.id = 0,
          .kind = api::ListingKind::kLive,
          .http_status = status,
          .duration = {},
          .body = api::ListingBody{}};
}

TEST(OwnMetrics, ShowASeriesAtZeroBeforeItCounts) {
  OwnMetrics own;
  own.count_api_request(answer(418));
  own.count_api_request(answer(418));
  constexpr const char* kName = "everai_exporter_api_requests_total";
  EXPECT_EQ(shown(own, kName).at("418 list_workers"), 0);
  own.count_api_request(answer(418));
  EXPECT_EQ(shown(own, kName).at("418 list_workers"), 3);
  own.count_api_request(answer(418));
  EXPECT_EQ(shown(own, kName).at("418 list_workers"), 4);
}

TEST(OwnMetrics, CountAtOnceInASeriesThatWasThereFromTheStart) {
  OwnMetrics own;
  own.count_api_request(answer(500));
  own.count_unknown_enum_value("status");
  own.count_clock_anomaly("launchAt");
  EXPECT_EQ(shown(own, "everai_exporter_api_requests_total").at("500 list_workers"), 1);
  EXPECT_EQ(shown(own, "everai_exporter_unknown_enum_values_total").at("status"), 1);
  EXPECT_EQ(shown(own, "everai_exporter_clock_anomalies_total").at("launchAt"), 1);
}

/// A sample of families that were collected.
double value_of(const std::vector<OwnFamily>& families, std::string_view name,
                std::string_view label) {
  for (const OwnFamily& family : families) {
    for (const OwnFamily::OwnSample& sample : family.samples) {
      if (family.name == name && !sample.labels.empty() && sample.labels.back().second == label) {
        return sample.value;
      }
    }
  }
  return -1;
}

TEST(OwnMetrics, ShowEveryNewSeriesAtZero) {
  OwnMetrics own;
  own.count_device_error("host-1");
  own.count_http_request("/metrics", 200);
  own.count_unknown_enum_value("newStatus");
  own.count_clock_anomaly("stopAt");
  for (const double count : {0, 1, 1}) {
    const std::vector<OwnFamily> families = own.collect();
    EXPECT_EQ(value_of(families, "everai_device_worker_errors_total", "host-1"), count);
    EXPECT_EQ(value_of(families, "everai_exporter_http_requests_total", "/metrics"), count);
    EXPECT_EQ(value_of(families, "everai_exporter_unknown_enum_values_total", "newStatus"), count);
    EXPECT_EQ(value_of(families, "everai_exporter_clock_anomalies_total", "stopAt"), count);
  }
}

TEST(OwnMetrics, GoOnWithWhatWasShownBefore) {
  OwnMetrics own;
  own.restore_device_errors("host-1", 7);
  EXPECT_EQ(shown(own, "everai_device_worker_errors_total"), (Series{{"host-1", 7}}));
  own.count_device_error("host-1");
  EXPECT_EQ(shown(own, "everai_device_worker_errors_total"), (Series{{"host-1", 8}}));
}

TEST(OwnMetrics, LoseNothingWhileSeveralCountAndOthersCollect) {
  OwnMetrics own;
  constexpr int kThreads = 4;
  constexpr int kCounts = 2000;
  std::atomic<bool> begun_above_zero = false;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&own] {
        for (int i = 0; i < kCounts; ++i) {
          own.count_http_request("/" + std::to_string(i % 50), 200);
        }
      });
    }
    Series before;
    for (int i = 0; i < 100; ++i) {
      const Series now = shown(own, "everai_exporter_http_requests_total");
      for (const auto& [key, value] : now) {
        begun_above_zero = begun_above_zero || (!before.contains(key) && value > 0);
      }
      before = now;
    }
  }
  EXPECT_FALSE(begun_above_zero);
  static_cast<void>(own.collect());
  double sum = 0;
  for (const auto& [key, value] : shown(own, "everai_exporter_http_requests_total")) {
    sum += value;
  }
  EXPECT_EQ(sum, kThreads * kCounts);
}

}  // namespace
}  // namespace everai::metrics
