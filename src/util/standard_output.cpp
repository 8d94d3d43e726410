#include "util/standard_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "util/write_all.hpp"

namespace everai {

Result<void> print_out(std::string_view text) {
  const std::error_code error = write_all(STDOUT_FILENO, text);
  if (error && error != std::errc::broken_pipe && error != std::errc::connection_reset) {
    return fail(ErrorCode::kSystem, fmt::format("standard output: {}", error.message()));
  }
  return {};
}

Result<void> deliver_out(std::string_view text) {
  return print_out(text);
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
