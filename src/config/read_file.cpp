#include "config/read_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "util/unique_fd.hpp"

namespace everai::config {
namespace {

tl::unexpected<Error> refuse_errno() {
  return fail(ErrorCode::kUsage, std::generic_category().message(errno));
}

bool is_open_to_others(const struct stat& status) {
  return (status.st_mode & S_IRWXO) != 0;
}

}  // namespace

Result<FileContents> read_file(const std::string& path, std::size_t limit_bytes) {
  // Without O_NONBLOCK a pipe that nobody writes to would hold us here.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return refuse_errno();
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::kUsage, "it is no regular file");
  }
  FileContents contents{std::string(limit_bytes + 1, '\0'), is_open_to_others(status)};
  std::size_t size = 0;
  while (size <= limit_bytes) {
    const ssize_t count = ::read(file.get(), &contents.text[size], limit_bytes + 1 - size);
    if (count < 0 && errno != EINTR) {
      return refuse_errno();
    }
    if (count == 0) {
      break;
    }
    size += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  if (size > limit_bytes) {
    return fail(ErrorCode::kUsage, fmt::format("it is larger than {} KiB", limit_bytes / 1024));
  }
  contents.text.resize(size);
  return contents;
}

bool is_open_to_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && is_open_to_others(status);
}

}  // namespace everai::config
