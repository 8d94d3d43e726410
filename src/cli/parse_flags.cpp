#include "cli/parse_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>

#include "util/text.hpp"

namespace everai::cli {
namespace {

constexpr std::size_t kShownBytes = 80;

/// cxxopts takes the next flag for the value of one that lacks its own.
bool is_flag(std::string_view value) {
  return value.starts_with("--") || value == "-h";
}

Result<void> check_flags(const cxxopts::ParseResult& flags,
                         const std::vector<std::string_view>& repeatable) {
  for (const auto& flag : flags.arguments()) {
    const std::string& name = flag.key();
    if (is_flag(flag.value())) {
      return fail(ErrorCode::kUsage, fmt::format("--{}: '{}' is a flag, expected a value", name,
                                                 presentable(flag.value(), kShownBytes)));
    }
    if (flags.count(name) > 1 &&
        std::find(repeatable.begin(), repeatable.end(), name) == repeatable.end()) {
      return fail(ErrorCode::kUsage, fmt::format("--{}: it is given more than once", name));
    }
  }
  return {};
}

}  // namespace

bool asks_for_text(const cxxopts::ParseResult& flags) {
  return flags.count("help") != 0 || flags.count("version") != 0;
}

Result<cxxopts::ParseResult> parse_flags(cxxopts::Options& options, int argc,
                                         const char* const* argv,
                                         const std::vector<std::string_view>& repeatable) {
  try {
    cxxopts::ParseResult flags = options.parse(argc, argv);
    const Result<void> good =
        asks_for_text(flags) ? Result<void>() : check_flags(flags, repeatable);
    return good ? Result<cxxopts::ParseResult>(std::move(flags)) : tl::unexpected(good.error());
  } catch (const std::exception& error) {
    // cxxopts names its exceptions differently from version to version.
    return fail(ErrorCode::kUsage, presentable(error.what()));
  }
}

}  // namespace everai::cli
