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

/// Some servers repeat the token that they refuse.
std::string without(const Secret& token, std::string text) {
  constexpr std::string_view kShown = "<secret>";
  if (token.empty()) {
    return text;
  }
  for (std::size_t at = text.find(token.reveal()); at != std::string::npos;
       at = text.find(token.reveal(), at + kShown.size())) {
    text.replace(at, token.reveal().size(), kShown);
  }
  return text;
}

std::string reason_in(std::string_view body, const Secret& token) {
  constexpr bool kThrow = false;
  const auto json = nlohmann::json::parse(body, nullptr, kThrow);
  if (!json.is_object()) {
    return "";
  }
  const auto message = json.find("message");
  if (message == json.end() || !message->is_string()) {
    return "";
  }
  std::string reason = printable(without(token, message->get<std::string>()));
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer()) {
    reason += fmt::format(" (code {})", code->get<std::int64_t>());
  }
  return reason;
}

}  // namespace

Error error_of_status(int status, std::string_view body, const Secret& token) {
  std::string message = fmt::format("status {}", status);
  if (const std::string reason = reason_in(body, token); !reason.empty()) {
    message += ": " + reason;
  }
  return {code_of_status(status), std::move(message)};
}

}  // namespace everai::api
