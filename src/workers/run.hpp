#pragma once

namespace everai::workers {

/// The whole program `everai_workers`. @return its exit code; see ExitCode.
int run(int argc, const char* const* argv);

}  // namespace everai::workers
