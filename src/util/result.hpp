#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace everai {

/// What went wrong, by what the caller does next. The first kPollFailureReasons are the ways
/// in which a poll fails.
enum class ErrorCode : std::uint8_t {
  kTimeout,  ///< The deadline passed: back off, keep the old data.
  kConnect,  ///< No connection, or it broke before an answer came: back off, keep the old data.
  kTls,      ///< The peer's certificate or the handshake was refused: as kConnect.
  kUnauthorized,     ///< No usable token, or 401: as kConnect.
  kForbidden,        ///< 403: as kConnect.
  kPaymentRequired,  ///< 402, no balance: as kConnect.
  kProxyAuth,        ///< 407, the proxy wants a user and a password: as kConnect.
  kBlocked,          ///< Something on the way answers in the platform's place: as kConnect.
  kRedirect,         ///< The answer leads elsewhere, to a log-in page say: as kConnect.
  kNotFound,         ///< 404: the app is not there, drop its data.
  kRateLimited,      ///< 429: be quiet for `Error::retry_after`.
  kServerError,      ///< Any other status than 200: back off, keep the old data.
  kPayload,          ///< The answer is cut off, or is not what the API promises: as kServerError.
  kTooLarge,         ///< The answer is over a size limit: as kServerError.
  kUsage,            ///< The command line or a configuration value is wrong: tell the user, exit.
  kSystem,           ///< The operating system refused (bind, open): tell the user, exit.
};

inline constexpr std::size_t kPollFailureReasons = 14;

/// The `reason` label's value of a code, such as "timeout" or "parse".
[[nodiscard]] constexpr std::string_view reason_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kConnect:
      return "connect";
    case ErrorCode::kTls:
      return "tls";
    case ErrorCode::kUnauthorized:
      return "unauthorized";
    case ErrorCode::kForbidden:
      return "forbidden";
    case ErrorCode::kPaymentRequired:
      return "payment_required";
    case ErrorCode::kProxyAuth:
      return "proxy_auth";
    case ErrorCode::kBlocked:
      return "blocked";
    case ErrorCode::kRedirect:
      return "redirect";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kRateLimited:
      return "rate_limited";
    case ErrorCode::kServerError:
      return "server_error";
    case ErrorCode::kPayload:
      return "parse";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kSystem:
      return "system";
  }
  return "";
}

/// A failure: a code to act on, and one line for people, lower case, outer context first.
struct Error {
  ErrorCode code;
  std::string message;
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

}  // namespace everai
