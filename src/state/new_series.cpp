#include "state/new_series.hpp"

#include <algorithm>

namespace everai::state {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The names of the elements of `after` that none of `before` has.
template <typename Element>
std::vector<std::string> new_names(const std::vector<Element>& before,
                                   const std::vector<Element>& after, std::string Element::*name) {
  std::vector<std::string> names;
  for (const Element& element : after) {
    const bool is_new = std::none_of(before.begin(), before.end(), [&](const Element& known) {
      return known.*name == element.*name;
    });
    if (is_new) {
      names.push_back(element.*name);
    }
  }
  return names;
}

}  // namespace

bool NewSeries::has_revision(std::string_view revision) const {
  return has(revisions, revision);
}

bool NewSeries::has_gpu_model(std::string_view model) const {
  return has(gpu_models, model);
}

NewSeries new_series(const AppCounters& before, const AppCounters& after) {
  return {.revisions = new_names(before.revisions, after.revisions, &RevisionCounters::revision),
          .gpu_models = new_names(before.gpu_seconds, after.gpu_seconds, &GpuSeconds::model)};
}

}  // namespace everai::state
