#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "app/options.hpp"
#include "config/load.hpp"
#include "util/result.hpp"

namespace everai::app {

/// Print this on standard output and end well.
struct ShowText {
  std::string text;
};

struct RunExporter {
  enum class Mode : std::uint8_t {
    kServe,        ///< run the daemon
    kOnce,         ///< poll every app once and print the page
    kCheck,        ///< read the configuration and print it
    kCheckHealth,  ///< ask another process, at the first listen address
  };

  config::Source source;  ///< for config::load, at the start and at each reload
  Options options;
  Mode mode = Mode::kServe;
};

using Command = std::variant<ShowText, RunExporter>;

/// Reads the command line and the environment (`EVERAI_ENDPOINT`, `EVERAI_TOKEN`); opens no file.
/// @return kUsage with one line that says what is wrong.
[[nodiscard]] Result<Command> parse_command_line(int argc, const char* const* argv);

}  // namespace everai::app
