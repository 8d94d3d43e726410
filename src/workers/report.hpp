#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/exit_code.hpp"
#include "workers/platform.hpp"
#include "workers/progress.hpp"

namespace everai::workers {

/// What became of a command that changes an app. What was sent, what the platform said, and what
/// was seen afterwards are told apart.
struct Report {
  std::string_view command;  ///< `scale-up` or `scale-down`
  api::AppRef app = {};
  // What was asked for.
  std::optional<std::uint64_t> to = {};     ///< so many workers in the end
  std::optional<std::uint64_t> count = {};  ///< so many more or fewer; nothing: not known yet
  std::vector<std::string> asked_ids = {};  ///< these ones
  bool dry_run = false;
  // What became of it.
  Outcome outcome = Outcome::kNotSent;
  std::vector<std::string> new_ids = {};  ///< as the platform named them
  std::optional<Progress> seen = {};      ///< nothing: nobody looked
  std::string message = {};               ///< what was said last; empty: nothing
  ExitCode code = ExitCode::kOk;
};

/// The report as one JSON object and a newline, pure ASCII. Pure. Thread-safe.
[[nodiscard]] std::string render_report(const Report& report);

}  // namespace everai::workers
