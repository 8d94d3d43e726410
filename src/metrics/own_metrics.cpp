#include "metrics/own_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <string>

#include "util/version.hpp"

namespace everai::metrics {
namespace {

/// `code` where no answer came.
constexpr const char* kNoAnswer = "none";

/// Codes whose series exist from the start, so that a first occurrence is an increase.
constexpr std::array kCodes{"200", "401", "403", "404", "429", "500", "502", "503", kNoAnswer};

OwnFamily converted(const prometheus::MetricFamily& family) {
  OwnFamily result{.name = family.name, .help = family.help, .type = Type::kGauge, .samples = {}};
  if (family.type == prometheus::MetricType::Counter) {
    result.type = Type::kCounter;
  }
  for (const prometheus::ClientMetric& metric : family.metric) {
    OwnFamily::OwnSample sample;
    for (const auto& label : metric.label) {
      sample.labels.emplace_back(label.name, label.value);
    }
    sample.value = result.type == Type::kCounter ? metric.counter.value : metric.gauge.value;
    result.samples.push_back(std::move(sample));
  }
  // The registry's order is that of a hash table.
  std::sort(result.samples.begin(), result.samples.end(),
            [](const auto& a, const auto& b) { return a.labels < b.labels; });
  return result;
}

}  // namespace

struct OwnMetrics::Families {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& api_requests =
      prometheus::BuildCounter()
          .Name("everai_exporter_api_requests_total")
          .Help("Requests to the platform's API, by listing and HTTP status; none: no answer came.")
          .Register(registry);
};

OwnMetrics::OwnMetrics() : families_(std::make_unique<Families>()) {
  prometheus::BuildGauge()
      .Name("everai_exporter_build_info")
      .Help("The exporter's version and compiler; always 1.")
      .Register(families_->registry)
      .Add({{"version", std::string(version())}, {"compiler", std::string(compiler())}})
      .Set(1);
  for (const api::ListingKind kind : {api::ListingKind::kLive, api::ListingKind::kHistory}) {
    for (const char* code : kCodes) {
      families_->api_requests.Add({{"endpoint", std::string(to_string(kind))}, {"code", code}});
    }
  }
}

OwnMetrics::~OwnMetrics() = default;

void OwnMetrics::count_api_request(api::ListingKind kind, int http_status) {
  families_->api_requests
      .Add({{"endpoint", std::string(to_string(kind))},
            {"code", http_status == 0 ? kNoAnswer : std::to_string(http_status)}})
      .Increment();
}

std::vector<OwnFamily> OwnMetrics::collect() const {
  std::vector<OwnFamily> result;
  for (const prometheus::MetricFamily& family : families_->registry.Collect()) {
    result.push_back(converted(family));
  }
  std::sort(result.begin(), result.end(),
            [](const OwnFamily& a, const OwnFamily& b) { return a.name < b.name; });
  return result;
}

}  // namespace everai::metrics
