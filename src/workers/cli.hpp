#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/scale_calls.hpp"
#include "api/types.hpp"
#include "config/load.hpp"
#include "util/result.hpp"
#include "workers/output.hpp"

namespace everai::workers {

/// Print this on standard output and end well.
struct ShowText {
  std::string text;
};

struct List {
  bool all = false;  ///< those that ended within the days too
  Output output = Output::kTable;
};

/// Whether, and how long, it is waited until a change has come about; nothing: not at all.
using Patience = std::optional<std::chrono::milliseconds>;

/// How a change is made.
struct Manner {
  bool confirmed = false;  ///< nobody needs to be asked
  bool dry_run = false;
  Patience wait = {};
  bool json = false;  ///< what became of it is one JSON object on standard output
};

/// One of the two numbers.
struct ScaleUp {
  std::optional<std::uint64_t> count;  ///< so many more, 1 to api::kMaxScaleStep
  std::optional<std::uint64_t> to;     ///< as many more as are missing to so many
  Manner manner;
};

/// A count, workers, or `to`.
struct ScaleDown {
  api::ScaleDown wanted;
  std::optional<std::uint64_t> to;  ///< as many fewer as there are more than so many
  Manner manner;
};

/// A command on an app.
struct Command {
  config::Source source;  ///< what says where the platform is, and as whom it is asked
  api::AppRef app;
  std::chrono::milliseconds call_time{0};  ///< the longest that one call may take; above 0
  unsigned recent_days = 2;                ///< how far back workers that ended are listed
  std::variant<List, ScaleUp, ScaleDown> action;
};

/// Reads the command line and the environment (`EVERAI_ENDPOINT`, `EVERAI_TOKEN`); opens no file.
/// @return kUsage with one line that says what is wrong.
[[nodiscard]] Result<std::variant<ShowText, Command>> parse_command_line(int argc,
                                                                         const char* const* argv);

}  // namespace everai::workers
