#include "util/standard_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "util/write_all.hpp"

namespace everai {
namespace {

Result<void> result_of(std::error_code error) {
  if (error) {
    return fail(ErrorCode::kSystem, fmt::format("standard output: {}", error.message()));
  }
  return {};
}

}  // namespace

Result<void> print_out(std::string_view text) {
  const std::error_code error = write_all(STDOUT_FILENO, text);
  const bool left = error == std::errc::broken_pipe || error == std::errc::connection_reset;
  return left ? Result<void>() : result_of(error);
}

Result<void> deliver_out(std::string_view text) {
  return result_of(write_all(STDOUT_FILENO, text));
}

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) == -1) {
      // It takes the lowest number that is free, which is this one.
      static_cast<void>(open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
    }
  }
}

}  // namespace everai
