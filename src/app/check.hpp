#pragma once

#include <string>

#include "config/load.hpp"
#include "util/exit_code.hpp"

namespace everai::app {

/// `--config.check`: prints the configuration that would run on standard output, without secrets,
/// and what is to be known about it on standard error, tokens' files that cannot be read included.
/// @param state_file  empty: none. A place where there can be none is said likewise.
/// @return kOk, or kUsage if the configuration is wrong, with one line on standard error that says
///         where and why.
[[nodiscard]] ExitCode check_config(const config::Source& source, const std::string& state_file);

}  // namespace everai::app
