#include "api/error_body.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

#include "util/text.hpp"

namespace everai::api {
namespace {

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthorized;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 429:
      return ErrorCode::kRateLimited;
    default:
      return ErrorCode::kServerError;
  }
}

std::string reason_in(std::string_view body) {
  constexpr bool kThrow = false;
  const auto json = nlohmann::json::parse(body, nullptr, kThrow);
  if (!json.is_object()) {
    return "";
  }
  const auto message = json.find("message");
  if (message == json.end() || !message->is_string()) {
    return "";
  }
  std::string reason = printable(message->get_ref<const std::string&>());
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer()) {
    reason += fmt::format(" (code {})", code->get<std::int64_t>());
  }
  return reason;
}

}  // namespace

Error error_of_status(int status, std::string_view body) {
  std::string message = fmt::format("status {}", status);
  if (const std::string reason = reason_in(body); !reason.empty()) {
    message += ": " + reason;
  }
  return {code_of_status(status), std::move(message)};
}

}  // namespace everai::api
