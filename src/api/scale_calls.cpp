#include "api/scale_calls.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>

#include "api/http_text.hpp"
#include "api/listing.hpp"
#include "util/redact.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

using Json = nlohmann::json;

constexpr const char* kWorkerIds = "workerIds";
/// Of an answer that a message repeats.
constexpr std::size_t kShownBytes = 200;
/// The same before secrets are taken out of it.
constexpr std::size_t kReadBytes = 4096;

/// What is wrong with an answer that is not the documented one.
Error undocumented(const PaddedText& body, const std::vector<Secret>& secrets) {
  const std::string_view text = body.view().substr(0, kReadBytes);
  const bool is_blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  return {ErrorCode::kPayload,
          is_blank ? "the answer is empty"
                   : fmt::format("the answer is not the documented one: {}",
                                 printable(without_secrets(text, secrets), kShownBytes))};
}

/// The answer's fields that have a value: `null` means absent.
/// @return not an object: the answer is none.
Json read_fields(const PaddedText& body) {
  constexpr bool kThrow = false;
  Json json = Json::parse(without_byte_order_mark(body.view()), nullptr, kThrow);
  if (!json.is_object()) {
    return {};
  }
  // In place: a copy of a value takes a stack as deep as the value.
  for (auto field = json.begin(); field != json.end();) {
    field = field->is_null() ? json.erase(field) : std::next(field);
  }
  return json;
}

/// What an answer says that is an error; empty if it is none.
std::string error_in(const PaddedText& body, const std::vector<Secret>& secrets) {
  return parse_error(body, secrets).value_or(std::nullopt).value_or("");
}

bool is_list_of_texts(const Json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& each) { return each.is_string(); });
}

}  // namespace

std::string scale_up_path(const AppRef& app) {
  return workers_path(app) + ":scale-up";
}

std::string scale_down_path(const AppRef& app) {
  return workers_path(app) + ":scale-down";
}

std::string render_scale_up(std::uint64_t count) {
  return Json{{"scaleUpWorkersNum", std::to_string(count)}}.dump();
}

std::string render_scale_down(const ScaleDown& wanted) {
  Json body = Json::object();
  if (wanted.count) {
    body["scaleDownWorkersNum"] = std::to_string(*wanted.count);
  }
  if (!wanted.worker_ids.empty()) {
    body[kWorkerIds] = wanted.worker_ids;
  }
  return body.dump();
}

Result<std::vector<std::string>> parse_scale_up_answer(const PaddedText& body,
                                                       const std::vector<Secret>& secrets) {
  const Json fields = read_fields(body);
  std::vector<std::string> ids;
  const auto listed = fields.find(kWorkerIds);
  const bool names_ids = listed != fields.end() && is_list_of_texts(*listed);
  if (names_ids) {
    ids = listed->get<std::vector<std::string>>();
  }
  if (std::string error = error_in(body, secrets); !error.empty()) {
    for (std::string& id : ids) {
      id = printable(id);
    }
    return fail(ErrorCode::kPayload, ids.empty() ? error
                                                 : fmt::format("{}; it names the workers {}", error,
                                                               join_some(ids, kShownBytes)));
  }
  if (!names_ids && !(fields.is_object() && fields.empty())) {
    return tl::unexpected(undocumented(body, secrets));
  }
  return ids;
}

Result<void> parse_scale_down_answer(const PaddedText& body, const std::vector<Secret>& secrets) {
  if (std::string error = error_in(body, secrets); !error.empty()) {
    return fail(ErrorCode::kPayload, std::move(error));
  }
  const Json fields = read_fields(body);
  return fields.is_object() && fields.empty() ? Result<void>()
                                              : tl::unexpected(undocumented(body, secrets));
}

bool is_refusal(int http_status) {
  constexpr int kTimeout = 408;
  // https://www.iana.org/assignments/http-status-codes
  const bool registered = (http_status >= 400 && http_status <= 418) ||
                          (http_status >= 421 && http_status <= 426) || http_status == 428 ||
                          http_status == 429 || http_status == 431 || http_status == 451;
  return registered && http_status != kTimeout;
}

}  // namespace everai::api
