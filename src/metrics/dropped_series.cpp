#include "metrics/dropped_series.hpp"

namespace everai::metrics {

OwnFamily dropped_series(std::span<const std::shared_ptr<const state::AppSnapshot>> snapshots) {
  std::size_t revisions = 0;
  std::size_t gpu_models = 0;
  std::size_t workers = 0;
  for (const auto& snapshot : snapshots) {
    if (snapshot->fleet != nullptr) {
      revisions += snapshot->fleet->revisions_dropped;
      gpu_models += snapshot->fleet->gpu_models_dropped;
      workers += snapshot->fleet->workers_dropped;
    }
  }
  const auto sample = [](const char* of, std::size_t count) {
    return OwnFamily::OwnSample{{{"of", of}}, static_cast<double>(count)};
  };
  return {.name = "everai_exporter_series_dropped",
          .help =
              "Revisions, GPU models and workers that have no series of their own now, because "
              "there are too many; the first two count as other.",
          .type = Type::kGauge,
          .samples = {sample("gpu_models", gpu_models), sample("revisions", revisions),
                      sample("workers", workers)}};
}

}  // namespace everai::metrics
