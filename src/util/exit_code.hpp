#pragma once

#include "util/result.hpp"

namespace everai {

/// How a program ends.
enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,  ///< it could not start or go on: a port is taken, say
  kUsage = 2,    ///< wrong flags or configuration; an app that is not there
  kAuth = 3,     ///< the platform refused the token
  kNetwork = 4,  ///< the platform did not answer, or not with what was asked for
  kPayload = 5,  ///< the platform's answer was not understood
  // Of changes. The codes above, and kDeclined, mean that nothing was sent.
  kNotSeen = 6,       ///< accepted, and what was waited for was not seen in time
  kDeclined = 7,      ///< a person did not confirm it
  kRefused = 8,       ///< sent, and the platform refused it: nothing was changed
  kNotAsAsked = 9,    ///< accepted, but what came of it is not what was asked for
  kPerhapsDone = 10,  ///< sent, and no answer tells whether it was done
};

/// How a program ends that could not go on for this.
[[nodiscard]] constexpr ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kNotFound:
      return ExitCode::kUsage;
    case ErrorCode::kUnauthorized:
    case ErrorCode::kForbidden:
      return ExitCode::kAuth;
    case ErrorCode::kTimeout:
    case ErrorCode::kConnect:
    case ErrorCode::kTls:
    case ErrorCode::kPaymentRequired:
    case ErrorCode::kProxyAuth:
    case ErrorCode::kBlocked:
    case ErrorCode::kRedirect:
    case ErrorCode::kRateLimited:
    case ErrorCode::kServerError:
      return ExitCode::kNetwork;
    case ErrorCode::kPayload:
    case ErrorCode::kTooLarge:
      return ExitCode::kPayload;
    case ErrorCode::kSystem:
      return ExitCode::kFailure;
  }
  return ExitCode::kFailure;
}

}  // namespace everai
