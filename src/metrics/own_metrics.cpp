#include "metrics/own_metrics.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <mutex>

#include "api/listing_fields.hpp"
#include "util/log.hpp"
#include "util/version.hpp"

namespace everai::metrics {
namespace {

using prometheus::Counter;
using prometheus::Gauge;

/// `code` where no answer came.
constexpr const char* kNoAnswer = "none";

// Label values whose series exist from the start, so that a first occurrence is an increase.
constexpr std::array kCodes{"200", "401", "403", "404", "429", "500", "502", "503", kNoAnswer};
constexpr std::array kEnumFields{"status", "detailStatus"};
constexpr std::array kTimeFields{"createdAt", "launchAt",        "lastServeAt",
                                 "deletedAt", "lastScaleUpTime", "lastScaleDownDeleteTime"};

std::vector<double> duration_bounds() {
  return {0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
}

Type type_of(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return Type::kCounter;
    case prometheus::MetricType::Histogram:
      return Type::kHistogram;
    default:
      return Type::kGauge;
  }
}

void convert(const prometheus::ClientMetric& metric, Type type, OwnFamily& family) {
  OwnFamily::OwnSample sample;
  for (const auto& label : metric.label) {
    sample.labels.emplace_back(label.name, label.value);
  }
  if (type == Type::kHistogram) {
    for (const auto& bucket : metric.histogram.bucket) {
      OwnFamily::OwnSample& one = family.samples.emplace_back(sample);
      one.labels.emplace_back(
          "le", std::isinf(bucket.upper_bound) ? "+Inf" : fmt::format("{}", bucket.upper_bound));
      one.value = static_cast<double>(bucket.cumulative_count);
      one.suffix = "_bucket";
    }
    family.samples.push_back({sample.labels, metric.histogram.sample_sum, "_sum"});
    family.samples.push_back(
        {sample.labels, static_cast<double>(metric.histogram.sample_count), "_count"});
  } else {
    sample.value = type == Type::kCounter ? metric.counter.value : metric.gauge.value;
    family.samples.push_back(std::move(sample));
  }
}

OwnFamily converted(prometheus::MetricFamily family) {
  OwnFamily result{.name = family.name, .help = family.help, .type = type_of(family.type)};
  // The registry's order is that of a hash table.
  std::sort(family.metric.begin(), family.metric.end(),
            [](const auto& a, const auto& b) { return a.label < b.label; });
  for (const prometheus::ClientMetric& metric : family.metric) {
    convert(metric, result.type, result);
  }
  return result;
}

/// What series that nobody has seen yet count. Thread-safe.
class NewSeries {
 public:
  void count(prometheus::Family<Counter>& family, const prometheus::Labels& labels) {
    const std::lock_guard lock(mutex_);
    const bool known = family.Has(labels);
    Counter& counter = family.Add(labels);
    if (const auto found = unseen_.find(&counter); found != unseen_.end()) {
      ++found->second;
    } else if (known) {
      counter.Increment();
    } else {
      unseen_.emplace(&counter, 1);
    }
  }

  /// Those that are there, and at 0 in what is collected from now on.
  [[nodiscard]] std::vector<Counter*> unseen() const {
    const std::lock_guard lock(mutex_);
    std::vector<Counter*> counters;
    for (const auto& [counter, count] : unseen_) {
      counters.push_back(counter);
    }
    return counters;
  }

  /// Lets them count what they have to, as they were seen.
  void release(const std::vector<Counter*>& seen) {
    const std::lock_guard lock(mutex_);
    for (Counter* counter : seen) {
      if (const auto found = unseen_.extract(counter)) {
        counter->Increment(found.mapped());
      }
    }
  }

 private:
  mutable std::mutex mutex_;
  std::map<Counter*, double> unseen_;
};

}  // namespace

struct OwnMetrics::Families {
  NewSeries new_series;
  prometheus::Registry registry;
  prometheus::Family<Counter>& api_requests =
      counter("everai_exporter_api_requests_total",
              "Requests to the platform's API, by listing and HTTP status; none: no answer came.");
  prometheus::Family<prometheus::Histogram>& api_durations =
      prometheus::BuildHistogram()
          .Name("everai_exporter_api_request_duration_seconds")
          .Help("How long requests to the platform's API took, by listing.")
          .Register(registry);
  prometheus::Family<Counter>& unknown_enum_values =
      counter("everai_exporter_unknown_enum_values_total",
              "Enum values of the API's answers that this version does not know, by field.");
  prometheus::Family<Counter>& unreadable_fields = counter(
      "everai_exporter_unreadable_fields_total",
      "Fields of the API's answers that had a wrong type and were left out alone, by field.");
  prometheus::Family<Counter>& clock_anomalies = counter(
      "everai_exporter_clock_anomalies_total",
      "Times of the API's answers that cannot be, such as a launch before the creation or one a "
      "day ahead, by field.");
  prometheus::Family<Counter>& device_errors = counter(
      "everai_device_worker_errors_total",
      "Times that a worker entered STATUS_ERROR, by the host that it ran on, over all apps; "
      "fifty hosts, the rest as other.");
  prometheus::Family<Counter>& http_requests =
      counter("everai_exporter_http_requests_total",
              "Requests to the exporter that it answered, by path and HTTP status.");
  Gauge& clock_skew =
      gauge("everai_exporter_api_clock_skew_seconds",
            "How far the platform's clock was ahead of ours at its last answer; to the second.");
  Gauge& poll_lag =
      gauge("everai_exporter_poll_lag_seconds", "How late the last poll of an app was started.");
  Gauge& config_successful = gauge("everai_exporter_config_last_reload_successful",
                                   "1 if the configuration was last loaded successfully.");
  Gauge& config_time = gauge("everai_exporter_config_last_reload_success_timestamp_seconds",
                             "When the configuration was last loaded successfully.");
  Gauge& shard = gauge("everai_exporter_shard",
                       "Which of the exporters this is that share all the apps, from 0; 0 if it "
                       "has them alone.");
  Gauge& total_shards =
      gauge("everai_exporter_total_shards",
            "How many exporters share all the apps, as this one knows it; 1 if it has them alone.");

  prometheus::Family<Counter>& counter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Gauge& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  prometheus::Histogram& api_duration(api::ListingKind kind) {
    return api_durations.Add({{"endpoint", std::string(to_string(kind))}}, duration_bounds());
  }
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
    families_->api_duration(kind);
  }
  for (const char* field : kEnumFields) {
    families_->unknown_enum_values.Add({{"field", field}});
  }
  for (const api::Field field : api::kOptionalFields) {
    families_->unreadable_fields.Add({{"field", std::string(name_of(field))}});
  }
  for (const char* field : kTimeFields) {
    families_->clock_anomalies.Add({{"field", field}});
  }
  set_shard(0, 1);
}

OwnMetrics::~OwnMetrics() = default;

void OwnMetrics::count_api_request(const api::ListingAnswer& answer) {
  families_->new_series.count(
      families_->api_requests,
      {{"endpoint", std::string(to_string(answer.kind))},
       {"code", answer.http_status == 0 ? kNoAnswer : std::to_string(answer.http_status)}});
  if (answer.duration) {
    families_->api_duration(answer.kind)
        .Observe(std::chrono::duration<double>(*answer.duration).count());
  }
}

void OwnMetrics::set_clock_skew(std::chrono::microseconds skew) {
  families_->clock_skew.Set(std::chrono::duration<double>(skew).count());
}

void OwnMetrics::set_poll_lag(std::chrono::milliseconds lag) {
  families_->poll_lag.Set(std::chrono::duration<double>(lag).count());
}

void OwnMetrics::count_unknown_enum_value(std::string_view field) {
  families_->new_series.count(families_->unknown_enum_values, {{"field", std::string(field)}});
}

void OwnMetrics::count_clock_anomaly(std::string_view field) {
  families_->new_series.count(families_->clock_anomalies, {{"field", std::string(field)}});
}

void OwnMetrics::count_unreadable_field(std::string_view field, std::uint64_t count) {
  families_->unreadable_fields.Add({{"field", std::string(field)}})
      .Increment(static_cast<double>(count));
}

void OwnMetrics::count_device_error(std::string_view device) {
  families_->new_series.count(families_->device_errors, {{"device", std::string(device)}});
}

void OwnMetrics::restore_device_errors(std::string_view device, std::uint64_t errors) {
  families_->device_errors.Add({{"device", std::string(device)}})
      .Increment(static_cast<double>(errors));
}

void OwnMetrics::count_http_request(std::string_view handler, int status) {
  families_->new_series.count(families_->http_requests, {{"handler", std::string(handler)},
                                                         {"code", std::to_string(status)}});
}

void OwnMetrics::set_shard(unsigned number, unsigned total) {
  families_->shard.Set(number);
  families_->total_shards.Set(total);
}

void OwnMetrics::set_config_loaded(Timestamp when) {
  families_->config_successful.Set(1);
  families_->config_time.Set(unix_seconds(when));
}

void OwnMetrics::set_config_failed() {
  families_->config_successful.Set(0);
}

std::vector<OwnFamily> OwnMetrics::collect() {
  const std::vector<Counter*> unseen = families_->new_series.unseen();
  std::vector<OwnFamily> result;
  for (prometheus::MetricFamily& family : families_->registry.Collect()) {
    result.push_back(converted(std::move(family)));
  }
  families_->new_series.release(unseen);
  result.push_back({.name = "everai_exporter_log_lines_dropped_total",
                    .help = "Lines of the log that could not be written: whoever reads standard "
                            "error has stopped or left, or a disk is full.",
                    .type = Type::kCounter,
                    .samples = {{{}, static_cast<double>(log::dropped_lines())}}});
  std::sort(result.begin(), result.end(),
            [](const OwnFamily& a, const OwnFamily& b) { return a.name < b.name; });
  return result;
}

}  // namespace everai::metrics
