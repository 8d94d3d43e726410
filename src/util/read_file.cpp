#include "util/read_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "util/clock.hpp"
#include "util/unique_fd.hpp"

namespace everai {
namespace {

/// What is read at a time of a file that does not say how large it is.
constexpr std::size_t kPieceBytes = 4096;

tl::unexpected<Error> refuse_errno() {
  return fail(ErrorCode::kSystem, std::generic_category().message(errno));
}

tl::unexpected<Error> refuse_size(std::size_t limit_bytes) {
  return fail(ErrorCode::kTooLarge,
              limit_bytes < 1024 ? fmt::format("it is larger than {} bytes", limit_bytes)
                                 : fmt::format("it is larger than {} KiB", limit_bytes / 1024));
}

/// A folder or a device holds nothing of its own.
bool is_open_to_others(const struct stat& status) {
  return (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)) && (status.st_mode & S_IRWXO) != 0;
}

/// Waits until a pipe has bytes or its end is there. @return false at the deadline.
bool wait_for_bytes(int fd, SteadyTime deadline) {
  for (;;) {
    const auto rest =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waited{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waited, 1, std::max(0, static_cast<int>(rest.count())));
    if (ready > 0) {
      return true;
    }
    if (rest.count() <= 0) {
      return false;
    }
  }
}

/// @param deadline  of a pipe; nothing: what there is is read at once.
Result<std::string> read_to_end(int fd, std::size_t expected_bytes, std::size_t limit_bytes,
                                std::optional<SteadyTime> deadline) {
  std::string text;
  for (std::size_t size = 0;;) {
    if (size > limit_bytes) {
      return refuse_size(limit_bytes);
    }
    if (size == text.size()) {
      // One byte more than expected, so that the end is seen without growing again.
      text.resize(std::min(std::max(size + kPieceBytes, expected_bytes + 1), limit_bytes + 1));
    }
    if (deadline && !wait_for_bytes(fd, *deadline)) {
      return fail(ErrorCode::kTimeout, "the other end of the pipe was not closed in time");
    }
    const ssize_t count = ::read(fd, &text[size], text.size() - size);
    if (count == 0) {
      text.resize(size);
      return text;
    }
    if (count < 0 && errno != EINTR) {
      return refuse_errno();
    }
    size += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
}

/// @param longest  to wait for a pipe; nothing: none is taken.
Result<FileContents> read_any(const std::string& path, std::size_t limit_bytes,
                              std::optional<std::chrono::milliseconds> longest) {
  const auto is_readable = [&longest](const struct stat& status) {
    return S_ISREG(status.st_mode) || (longest && S_ISFIFO(status.st_mode));
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return refuse_errno();
  }
  // Opening is enough to set some devices going.
  if (!is_readable(status)) {
    return fail(ErrorCode::kSystem, "it is not a regular file");
  }
  // Without O_NONBLOCK a pipe that nobody writes to would hold us here; and it may be one by now.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file || ::fstat(file.get(), &status) != 0) {
    return refuse_errno();
  }
  if (!is_readable(status)) {
    return fail(ErrorCode::kSystem, "it is not a regular file");
  }
  std::optional<SteadyTime> deadline;
  if (S_ISFIFO(status.st_mode)) {
    deadline = std::chrono::steady_clock::now() + *longest;
  }
  const auto expected_bytes = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (expected_bytes > limit_bytes) {
    return refuse_size(limit_bytes);
  }
  return read_to_end(file.get(), expected_bytes, limit_bytes, deadline)
      .map([&status](std::string text) {
        return FileContents{std::move(text), is_open_to_others(status)};
      });
}

}  // namespace

Result<FileContents> read_file(const std::string& path, std::size_t limit_bytes) {
  return read_any(path, limit_bytes, std::nullopt);
}

Result<FileContents> read_file_or_pipe(const std::string& path, std::size_t limit_bytes,
                                       std::chrono::milliseconds longest) {
  return read_any(path, limit_bytes, longest);
}

bool is_pipe(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

bool is_open_to_others(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && is_open_to_others(status);
}

}  // namespace everai
