#include "api/error_body.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

#include "api/html_page.hpp"
#include "util/redact.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthorized;
    case 402:
      return ErrorCode::kPaymentRequired;
    case 403:
      return ErrorCode::kForbidden;
    case 404:
      return ErrorCode::kNotFound;
    case 407:
      return ErrorCode::kProxyAuth;
    case 429:
      return ErrorCode::kRateLimited;
    case 511:
      return ErrorCode::kBlocked;
    default:
      return ErrorCode::kServerError;
  }
}

/// Whether a page with this status comes from something on the way: the platform refuses in JSON.
/// Pages with 402, 408, 429 and from 500 on mean what the status says, whoever sends them.
bool is_blocking_page(int status) {
  return status >= 400 && status < 500 && status != 402 && status != 407 && status != 408 &&
         status != 429;
}

std::string reason_in(std::string_view body, const std::vector<Secret>& secrets) {
  constexpr bool kThrow = false;
  const auto json = nlohmann::json::parse(body, nullptr, kThrow);
  if (!json.is_object()) {
    return "";
  }
  const auto message = json.find("message");
  if (message == json.end() || !message->is_string()) {
    return "";
  }
  // Some servers repeat the token that they refuse.
  std::string reason = printable(without_secrets(message->get<std::string>(), secrets));
  if (const auto code = json.find("code"); code != json.end() && code->is_number_integer()) {
    reason += fmt::format(" (code {})", code->get<std::int64_t>());
  }
  return reason;
}

/// The page that a body is, if it is one, in words.
std::optional<std::string> page_in(std::string_view body, const std::vector<Secret>& secrets) {
  return describe_html_page(without_secrets(body.substr(0, kErrorBodyBytes), secrets));
}

}  // namespace

Error error_of_status(int status, std::string_view body, const std::vector<Secret>& secrets) {
  std::string message = fmt::format("status {}", status);
  ErrorCode code = code_of_status(status);
  if (code == ErrorCode::kProxyAuth) {
    message += ": the proxy asks for a user and a password";
  }
  if (const std::string reason = reason_in(body, secrets); !reason.empty()) {
    message += ": " + reason;
  } else if (const std::optional<std::string> page = page_in(body, secrets)) {
    message += ": " + *page;
    code = is_blocking_page(status) ? ErrorCode::kBlocked : code;
  }
  return {code, std::move(message)};
}

std::optional<Error> error_of_page(std::string_view body, const std::vector<Secret>& secrets) {
  const std::optional<std::string> page = page_in(body, secrets);
  if (!page) {
    return std::nullopt;
  }
  return Error{ErrorCode::kPayload, fmt::format("{} in place of the platform's answer", *page)};
}

}  // namespace everai::api
