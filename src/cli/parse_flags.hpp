#pragma once

#include <cxxopts.hpp>

#include <string_view>
#include <vector>

#include "util/result.hpp"

/// It includes cxxopts: only for the files that read a command line.
namespace everai::cli {

/// Splits a command line into its flags and what is left, `ParseResult::unmatched`, of which it
/// refuses none. Reads no value.
/// @param repeatable  the long names of the flags that may be given more than once.
/// @return kUsage if a flag is unknown or lacks its value, or takes the next flag for it, or is
///         given twice and not repeatable; `--help` and `--version` say what they say all the same.
/// Pure. Thread-safe.
[[nodiscard]] Result<cxxopts::ParseResult> parse_flags(
    cxxopts::Options& options, int argc, const char* const* argv,
    const std::vector<std::string_view>& repeatable);

/// Whether `--help` or `--version` asks for a text, whatever else is given.
[[nodiscard]] bool asks_for_text(const cxxopts::ParseResult& flags);

}  // namespace everai::cli
