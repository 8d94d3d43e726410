#include "simulator/api_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace everai::simulator {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostAtOnce = 1000;

/// Writes fields of one object, each only if it is not the type's zero value.
class Fields {
 public:
  explicit Fields(Int64Form int64_form, std::chrono::milliseconds clock_skew = {})
      : int64_form_(int64_form), clock_skew_(clock_skew) {}

  void text(const char* key, std::string_view value) {
    if (!value.empty()) {
      object_[key] = value;
    }
  }
  void number(const char* key, std::uint64_t value) {
    if (value == 0) {
      return;
    }
    if (int64_form_ == Int64Form::kString) {
      object_[key] = fmt::to_string(value);
    } else {
      object_[key] = value;
    }
  }
  void time(const char* key, std::optional<Timestamp> value);
  void list(const char* key, Json::array_t items) {
    if (!items.empty()) {
      object_[key] = std::move(items);
    }
  }
  [[nodiscard]] Json take() { return std::move(object_); }

 private:
  Int64Form int64_form_;
  std::chrono::milliseconds clock_skew_;
  Json object_ = Json::object();
};

void Fields::time(const char* key, std::optional<Timestamp> value) {
  if (!value) {
    return;
  }
  // As many fraction digits as it takes, in groups of three.
  const Timestamp time = *value + clock_skew_;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = (time - seconds).count();
  const std::string whole = render_rfc3339(seconds).substr(0, sizeof("2024-09-29T09:35:18") - 1);
  if (micros == 0) {
    object_[key] = whole + "Z";
  } else if (micros % 1000 == 0) {
    object_[key] = fmt::format("{}.{:03}Z", whole, micros / 1000);
  } else {
    object_[key] = fmt::format("{}.{:06}Z", whole, micros);
  }
}

Json make_worker(const Worker& worker, const Fleet& fleet, Fields fields) {
  const Hardware& hardware = fleet.profile().hardware;
  fields.text("id", worker.id);
  fields.text("deviceId", worker.device_id);
  if (const auto status = status_of(worker); status != api::WorkerStatus::kUnspecified) {
    fields.text("status", api::to_string(status));
  }
  if (const auto detail = detail_status_of(worker); detail != api::DetailStatus::kUnspecified) {
    fields.text("detailStatus", api::to_string(detail));
  }
  fields.time("createdAt", worker.created_at);
  fields.time("deletedAt", worker.deleted_at);
  fields.time("launchAt", worker.launch_at);
  fields.time("lastServeAt", worker.last_serve_at);
  fields.number("successCount", worker.success_count);
  fields.number("failedCount", worker.failed_count);
  fields.number("sessionNumber", worker.session_ends.size());
  fields.number("CPUs", hardware.cpus);
  fields.number("memory", hardware.memory_mib);
  fields.text("GPUName", hardware.gpu_model);
  fields.number("GPUs", hardware.gpus);
  fields.text("appId", fleet.app_id());
  fields.text("appRevision", worker.revision);
  fields.text("replaceWorkerId", worker.replaces);
  fields.text("userId", fleet.user_id());
  fields.text("requestId", worker.request_id);
  fields.text("gpuModel", hardware.gpu_model);
  fields.number("gpuNum", hardware.gpus);
  fields.time("stopAt", worker.stop_at);
  fields.text("devicePublicAddress", worker.device_address);
  return fields.take();
}

bool is_shown(const Worker& worker, const ListingQuery& query, Timestamp now) {
  if (is_live(worker)) {
    return true;
  }
  const auto ended_at = worker.deleted_at ? worker.deleted_at : worker.errored_at;
  // More days than are remembered make no difference, and a huge number must not overflow.
  const auto days = std::min<std::uint64_t>(query.recent_days, kHistoryKept.count());
  return query.show_all && ended_at && now - *ended_at <= std::chrono::days{days};
}

int grpc_code(int http_status) {
  switch (http_status) {
    case 400:
      return 3;  // INVALID_ARGUMENT
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
      return 5;  // NOT_FOUND
    case 405:
    case 501:
      return 12;  // UNIMPLEMENTED
    case 413:
    case 429:
      return 8;  // RESOURCE_EXHAUSTED
    case 500:
      return 13;  // INTERNAL
    case 503:
      return 14;  // UNAVAILABLE
    default:
      return 2;  // UNKNOWN
  }
}

/// Foreign bytes in a message must not make the answer fail.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// @return nothing if it is neither a number nor a string of digits, or out of range.
std::optional<std::uint64_t> read_count(const Json& value) {
  std::uint64_t count = 0;
  if (value.is_number_unsigned()) {
    count = value.get<std::uint64_t>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    if (error != std::errc{} || rest != end) {
      return std::nullopt;
    }
  }
  return count >= 1 && count <= kMostAtOnce ? std::optional(count) : std::nullopt;
}

}  // namespace

std::string render_listing(const Fleet& fleet, const ListingQuery& query, Timestamp now,
                           Int64Form int64_form) {
  return render_listing(fleet, fleet.state(), query, now, int64_form, {});
}

std::string render_listing(const Fleet& fleet, const FleetState& state, const ListingQuery& query,
                           Timestamp now, Int64Form int64_form,
                           std::chrono::milliseconds clock_skew) {
  Fields fields(int64_form, clock_skew);
  Json::array_t workers;
  const auto add = [&](const Worker& worker) {
    if (is_shown(worker, query, now)) {
      workers.push_back(make_worker(worker, fleet, Fields(int64_form, clock_skew)));
    }
  };
  std::for_each(state.workers.begin(), state.workers.end(), add);
  if (query.show_all) {
    std::for_each_n(fleet.history().begin(), fleet.history_size(state), add);
  }
  const AppProfile& profile = fleet.profile();
  fields.list("workers", std::move(workers));
  fields.number("queueSize", state.queue_size);
  fields.text("queueName", fmt::format("{}-{}", profile.app.app_namespace, profile.app.name));
  fields.time("lastScaleUpTime", state.last_scale_up);
  fields.time("lastScaleDownDeleteTime", state.last_scale_down);
  if (profile.tells_max_workers) {
    fields.number("maxWorkers", profile.rules.max_workers);
  }
  return dump(fields.take());
}

std::string render_worker_ids(const std::vector<std::string>& ids) {
  Fields fields(Int64Form::kNumber);
  fields.list("workerIds", {ids.begin(), ids.end()});
  return dump(fields.take());
}

std::string render_error(int http_status, std::string_view message) {
  return dump(
      Json{{"code", grpc_code(http_status)}, {"message", message}, {"details", Json::array()}});
}

std::string render_truth(const World& world, bool running) {
  Json apps = Json::array();
  for (const Fleet& fleet : world.fleets()) {
    const Truth& truth = fleet.truth();
    Json revisions = Json::object();
    for (const auto& [revision, served] : truth.served_by_revision) {
      revisions[revision] = Json{{"success", served.success}, {"failed", served.failed}};
    }
    apps.push_back(Json{{"namespace", fleet.profile().app.app_namespace},
                        {"name", fleet.profile().app.name},
                        {"success", truth.success},
                        {"failed", truth.failed},
                        {"workers_created", truth.workers_created},
                        {"workers_deleted", truth.workers_deleted},
                        {"workers_replaced", truth.workers_replaced},
                        {"workers_live", fleet.figures().live},
                        {"worker_errors", truth.worker_errors},
                        {"relaunches", truth.relaunches},
                        {"scale_calls", truth.scale_calls},
                        {"scaled_up", truth.scaled_up},
                        {"scaled_down", truth.scaled_down},
                        {"revisions", std::move(revisions)},
                        {"device_errors", Json(truth.worker_errors_by_device)}});
  }
  return dump(
      Json{{"time", render_rfc3339(world.now())}, {"running", running}, {"apps", std::move(apps)}});
}

Result<ScaleRequest> parse_scale_request(std::string_view body, const std::string& count_field) {
  ScaleRequest request;
  if (body.empty()) {
    return request;
  }
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::kPayload, "the body is no JSON object");
  }
  if (const auto count = json.find(count_field); count != json.end() && !count->is_null()) {
    request.count = read_count(*count);
    if (!request.count) {
      return fail(ErrorCode::kPayload,
                  fmt::format("{} is no number from 1 to {}", count_field, kMostAtOnce));
    }
  }
  if (const auto ids = json.find("workerIds"); ids != json.end() && !ids->is_null()) {
    const auto refuse = [] { return fail(ErrorCode::kPayload, "workerIds is no list of texts"); };
    if (!ids->is_array()) {
      return refuse();
    }
    for (const Json& id : *ids) {
      if (!id.is_string()) {
        return refuse();
      }
      request.worker_ids.push_back(id.get<std::string>());
    }
  }
  return request;
}

}  // namespace everai::simulator
