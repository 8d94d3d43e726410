#include "api/types.hpp"

#include <array>

namespace everai::api {
namespace {

constexpr std::string_view kStatusPrefix = "STATUS_";
constexpr std::string_view kDetailPrefix = "DETAIL_STATUS_";

constexpr std::array<std::string_view, kWorkerStatusCount> kStatusNames{
    "STATUS_UNSPECIFIED", "STATUS_INITIALIZED",
    "STATUS_PENDING",     "STATUS_RUNNING",
    "STATUS_TERMINATING", "STATUS_ERROR",
    "STATUS_UNAVAILABLE", "STATUS_TERMINATED",
    "STATUS_CREATED",     "unknown"};

constexpr std::array<std::string_view, kDetailStatusCount> kDetailNames{"DETAIL_STATUS_UNSPECIFIED",
                                                                        "DETAIL_STATUS_IN_FLIGHT",
                                                                        "DETAIL_STATUS_REMOVE",
                                                                        "DETAIL_STATUS_ROLLIN",
                                                                        "DETAIL_STATUS_BUSY",
                                                                        "DETAIL_STATUS_FREE",
                                                                        "unknown"};

/// Index of a name in an enum's table, whose last entry stands for the unknown.
template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view prefix,
                     std::string_view name) {
  if (name.starts_with(prefix)) {
    name.remove_prefix(prefix.size());
  }
  for (std::size_t i = 0; i + 1 < N; ++i) {
    if (names[i].substr(prefix.size()) == name) {
      return i;
    }
  }
  return N - 1;
}

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& /*names*/, std::int64_t number) {
  const bool known = number >= 0 && static_cast<std::uint64_t>(number) < N - 1;
  return known ? static_cast<std::size_t>(number) : N - 1;
}

}  // namespace

std::string to_string(const AppRef& app) {
  return app.app_namespace + "/" + app.name;
}

std::string_view to_string(WorkerStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

std::string_view to_string(DetailStatus status) {
  return kDetailNames[static_cast<std::size_t>(status)];
}

WorkerStatus worker_status_from_name(std::string_view name) {
  return static_cast<WorkerStatus>(index_of(kStatusNames, kStatusPrefix, name));
}

DetailStatus detail_status_from_name(std::string_view name) {
  return static_cast<DetailStatus>(index_of(kDetailNames, kDetailPrefix, name));
}

WorkerStatus worker_status_from_number(std::int64_t number) {
  return static_cast<WorkerStatus>(index_of(kStatusNames, number));
}

DetailStatus detail_status_from_number(std::int64_t number) {
  return static_cast<DetailStatus>(index_of(kDetailNames, number));
}

std::string_view gpu_model_of(const Worker& worker) {
  return worker.gpu_model.empty() ? worker.gpu_name : worker.gpu_model;
}

std::uint64_t gpus_of(const Worker& worker) {
  return worker.gpu_num > 0 ? worker.gpu_num : worker.gpus;
}

}  // namespace everai::api
