#pragma once

namespace everai {

/// How a program ends.
enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,  ///< it could not start or go on: a port is taken, say
  kUsage = 2,    ///< wrong flags or configuration; an app that is not there
  kAuth = 3,     ///< `--once`: the platform refused the token
  kNetwork = 4,  ///< `--once`: the platform did not answer, or not with a listing
  kPayload = 5,  ///< `--once`: the platform's answer was not understood
};

}  // namespace everai
