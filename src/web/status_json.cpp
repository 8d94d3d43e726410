#include "web/status_json.hpp"

#include <nlohmann/json.hpp>

namespace everai::web {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::optional<Timestamp>& time) {
  return time ? Json(render_rfc3339(*time)) : Json(nullptr);
}

/// Seconds, to the millisecond: what is finer is noise.
Json seconds(std::chrono::microseconds duration) {
  const auto millis = std::chrono::round<std::chrono::milliseconds>(duration);
  return static_cast<double>(millis.count()) / 1e3;
}

Json or_null(const std::optional<std::chrono::microseconds>& duration) {
  return duration ? seconds(*duration) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json config_json(const ConfigState& config) {
  return {{"file", text_or_null(config.file)},
          {"shard", config.shard.number},
          {"total_shards", config.shard.total},
          {"last_reload_successful", config.last_reload_successful},
          {"last_reload_success", render_rfc3339(config.last_reload_success)},
          {"last_error", text_or_null(config.last_error)}};
}

Json failure_json(const std::optional<FailureStatus>& failure) {
  if (!failure) {
    return nullptr;
  }
  return {{"reason", failure->reason},
          {"message", failure->message},
          {"since", render_rfc3339(failure->since)},
          {"lasting_seconds", seconds(failure->lasting)}};
}

Json workers_json(const std::optional<WorkersStatus>& workers) {
  if (!workers) {
    return nullptr;
  }
  Json by_state = Json::object();
  for (std::size_t i = 0; i < state::kWorkerStateCount; ++i) {
    by_state[std::string(to_string(static_cast<state::WorkerState>(i)))] = workers->by_state.at(i);
  }
  if (!workers->errors_known) {
    by_state[std::string(to_string(state::WorkerState::kError))] = nullptr;
  }
  return {{"total", workers->total}, {"max", or_null(workers->max)}, {"by_state", by_state}};
}

Json requests_json(const std::optional<RequestsStatus>& requests) {
  if (!requests) {
    return nullptr;
  }
  return {{"finished", requests->finished},
          {"failed", requests->failed},
          {"failure_ratio", or_null(requests->failure_ratio)}};
}

Json app_json(const AppStatus& app) {
  Json troubles = Json::array();
  for (const Trouble trouble : app.troubles) {
    troubles.push_back(to_string(trouble));
  }
  return {{"namespace", app.app_namespace},
          {"name", app.name},
          {"up", or_null(app.up)},
          {"troubles", troubles},
          {"failure", failure_json(app.failure)},
          {"history_up", or_null(app.history_up)},
          {"history_failure", failure_json(app.history_failure)},
          {"last_history_success", or_null(app.last_history_success)},
          {"data", to_string(app.data)},
          {"last_success", or_null(app.last_success)},
          {"age_seconds", or_null(app.age)},
          {"next_poll_in_seconds", or_null(app.next_poll_in)},
          {"workers", workers_json(app.workers)},
          {"queue_size", or_null(app.queue_size)},
          {"queue_backlog_threshold", app.backlog_threshold},
          {"requests", requests_json(app.requests)},
          {"slo_objective_ratio", app.slo_objective_ratio},
          {"series", app.series_url}};
}

}  // namespace

std::string render_status_json(const Status& status) {
  Json apps = Json::array();
  for (const AppStatus& app : status.apps) {
    apps.push_back(app_json(app));
  }
  const Json json{{"headline", headline(status)},
                  {"version", status.version},
                  {"now", render_rfc3339(status.now)},
                  {"started", render_rfc3339(status.started)},
                  {"uptime_seconds", seconds(status.uptime)},
                  {"config", config_json(status.config)},
                  {"apps_up", status.up},
                  {"apps_down", status.down},
                  {"apps_not_polled", status.not_polled},
                  {"apps_with_trouble", status.with_trouble},
                  {"metrics", status.metrics_url},
                  {"apps", std::move(apps)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace everai::web
