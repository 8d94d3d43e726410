#include "util/standard_output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace everai {

Result<void> print_out(std::string_view text) {
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) {
    return fail(ErrorCode::kSystem,
                fmt::format("standard output: {}", std::generic_category().message(errno)));
  }
  return {};
}

}  // namespace everai
