#pragma once

#include <string>
#include <variant>

#include "config/config.hpp"
#include "util/result.hpp"

namespace everai::app {

/// Print this on standard output and end well.
struct ShowText {
  std::string text;
};

/// Run the daemon, or with `once` poll every app once and print the page.
struct RunExporter {
  config::Config config;
  bool once = false;
};

using Command = std::variant<ShowText, RunExporter>;

/// Reads the command line and the environment (`EVERAI_ENDPOINT`, `EVERAI_TOKEN`); flags win.
/// @return kUsage with one line that says what is wrong.
[[nodiscard]] Result<Command> parse_command_line(int argc, const char* const* argv);

}  // namespace everai::app
