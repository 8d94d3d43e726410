#pragma once

#include <cstdint>
#include <string>

/// Values of the configuration that are exposed as they are.
namespace everai::config {

struct AppSettings {
  double slo_objective_ratio = 0.99;  ///< share of requests that are to succeed
  std::uint64_t queue_backlog_threshold = 10;

  bool operator==(const AppSettings&) const = default;
};

/// What an hour of a GPU costs.
struct GpuPrice {
  std::string model;
  double per_hour = 0;
  std::string currency;  ///< such as "USD"
};

}  // namespace everai::config
