#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/app_counters.hpp"

namespace everai::state {

/// The series of an app that were not shown before. They are shown at 0 first, so that what they
/// count is an increase.
struct NewSeries {
  std::vector<std::string> revisions;
  std::vector<std::string> gpu_models;

  [[nodiscard]] bool has_revision(std::string_view revision) const;
  [[nodiscard]] bool has_gpu_model(std::string_view model) const;

  bool operator==(const NewSeries&) const = default;
};

/// What `after` has a series of and `before` has not. Pure. Thread-safe.
[[nodiscard]] NewSeries new_series(const AppCounters& before, const AppCounters& after);

}  // namespace everai::state
