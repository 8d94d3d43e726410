#pragma once

#include <cstdint>

#include "simulator/server.hpp"
#include "util/log.hpp"
#include "util/result.hpp"

namespace everai::simulator {

/// What the command line asks for.
struct CommandLine {
  enum class Action : std::uint8_t { kServe, kShowHelp, kShowVersion };

  Action action = Action::kServe;
  log::Level log_level = log::Level::kInfo;
  ServerOptions server;
};

/// Reads the flags of `everai_simulator`, and the token file if one is named.
/// @param env_token  the value of EVERAI_TOKEN, for when no token file is named
/// @param now  where simulated time starts
/// @return kUsage for anything but a correct command line and a readable token file.
[[nodiscard]] Result<CommandLine> parse_command_line(int argc, const char* const* argv,
                                                     std::string_view env_token, Timestamp now);

/// Runs the program until SIGTERM or SIGINT. @return the exit code.
int run(int argc, const char* const* argv);

}  // namespace everai::simulator
