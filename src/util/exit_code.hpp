#pragma once

namespace everai {

/// What every program of the project tells its caller when it ends.
enum class ExitCode { kOk = 0, kFailure = 1, kUsage = 2 };

}  // namespace everai
