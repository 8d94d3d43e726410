#pragma once

namespace everai::app {

/// The whole of everai_exporter. @return the process's exit status, an ExitCode.
[[nodiscard]] int run(int argc, const char* const* argv);

}  // namespace everai::app
