#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Values of the configuration that are exposed as they are.
namespace everai::config {

/// What an hour of a GPU costs.
struct GpuPrice {
  std::string model;
  double per_hour = 0;
  std::string currency;  ///< such as "USD"

  bool operator==(const GpuPrice&) const = default;
};

struct AppSettings {
  double slo_objective_ratio = 0.99;  ///< share of requests that are to succeed
  std::uint64_t queue_backlog_threshold = 10;
  std::vector<GpuPrice> gpu_prices = {};  ///< each model once

  bool operator==(const AppSettings&) const = default;
};

}  // namespace everai::config
