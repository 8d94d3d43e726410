#include "api/scale_calls.hpp"

#include <nlohmann/json.hpp>

#include "api/http_text.hpp"

namespace everai::api {

std::string scale_up_path(const AppRef& app) {
  return workers_path(app) + ":scale-up";
}

std::string scale_down_path(const AppRef& app) {
  return workers_path(app) + ":scale-down";
}

std::string render_scale_up(std::uint64_t count) {
  return nlohmann::json{{"scaleUpWorkersNum", std::to_string(count)}}.dump();
}

std::string render_scale_down(const ScaleDown& wanted) {
  nlohmann::json body = nlohmann::json::object();
  if (wanted.count) {
    body["scaleDownWorkersNum"] = std::to_string(*wanted.count);
  }
  if (!wanted.worker_ids.empty()) {
    body["workerIds"] = wanted.worker_ids;
  }
  return body.dump();
}

Result<std::vector<std::string>> parse_new_worker_ids(std::string_view body) {
  constexpr bool kThrow = false;
  const auto json = nlohmann::json::parse(body, nullptr, kThrow);
  if (!json.is_object()) {
    return fail(ErrorCode::kPayload, "the answer is no JSON object");
  }
  std::vector<std::string> ids;
  const auto listed = json.find("workerIds");
  if (listed == json.end() || listed->is_null()) {
    return ids;
  }
  if (!listed->is_array()) {
    return fail(ErrorCode::kPayload, "workerIds is no list");
  }
  for (const auto& id : *listed) {
    if (!id.is_string()) {
      return fail(ErrorCode::kPayload, "workerIds holds what is no text");
    }
    ids.push_back(id.get<std::string>());
  }
  return ids;
}

}  // namespace everai::api
