#include "state/state_file.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "util/read_file.hpp"

namespace everai::state {
namespace {

constexpr mode_t kMode = 0600;
constexpr int kMostNamesPerSecond = 100;

/// A failure of the system call that was made last. @param what  such as "cannot be read".
tl::unexpected<Error> system_failure(std::string_view path, std::string_view what) {
  return fail(ErrorCode::kSystem, fmt::format("state file {} {}: {}", path, what,
                                              std::generic_category().message(errno)));
}

tl::unexpected<Error> in_use(std::string_view path) {
  return fail(ErrorCode::kSystem, fmt::format("state file {} is in use by another process", path));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// True if nothing is there; a path whose directory is missing has nothing either.
bool is_absent(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

std::string resolved(const std::string& path) {
  std::error_code error;
  const std::filesystem::path result = std::filesystem::weakly_canonical(path, error);
  return error ? path : result.string();
}

}  // namespace

StateFile::StateFile(std::string path) : path_(std::move(path)) {}

Result<StateFile> StateFile::open(const std::string& path) {
  StateFile file(resolved(path));
  if (const Result<bool> locked = file.lock(); locked && !*locked) {
    return in_use(file.path_);
  }
  return file;
}

Result<bool> StateFile::lock() {
  if (lock_) {
    return true;
  }
  UniqueFd fd(::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, kMode));
  if (!fd) {
    return system_failure(path_, "cannot be locked");
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    return system_failure(path_, "cannot be locked");
  }
  lock_ = std::move(fd);
  return true;
}

Result<std::optional<SavedState>> StateFile::load(Timestamp now) {
  if (is_absent(path_)) {
    return std::nullopt;
  }
  const Result<FileContents> contents = read_file(path_, kMaxStateBytes);
  if (!contents && contents.error().code == ErrorCode::kSystem) {
    return fail(ErrorCode::kSystem,
                fmt::format("state file {} cannot be read: {}; it is left as it is, and nothing is "
                            "saved",
                            path_, contents.error().message));
  }
  Result<SavedState> state =
      contents.and_then([](const FileContents& file) { return parse_saved_state(file.text); });
  if (state) {
    replaceable_ = true;
    return std::move(*state);
  }
  const Result<std::string> aside = set_aside(now);
  replaceable_ = aside.has_value();
  if (!aside) {
    return fail(ErrorCode::kPayload,
                fmt::format("state file {}: {}; {}, and nothing is saved", path_,
                            state.error().message, aside.error().message));
  }
  return fail(ErrorCode::kPayload, fmt::format("state file {} is set aside as {}: {}", path_,
                                               *aside, state.error().message));
}

Result<std::string> StateFile::set_aside(Timestamp now) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string first = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path_,
                                        fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
  std::string name = first;
  for (int number = 2; !is_absent(name); ++number) {
    if (number > kMostNamesPerSecond) {
      return fail(ErrorCode::kSystem, "it could not be set aside: all names are taken");
    }
    name = fmt::format("{}-{}", first, number);
  }
  // Nobody else takes the name meanwhile: that would need the lock.
  if (!lock_) {
    return fail(ErrorCode::kSystem, "it could not be set aside: there is no lock");
  }
  if (std::rename(path_.c_str(), name.c_str()) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("it could not be set aside: {}",
                                                std::generic_category().message(errno)));
  }
  return std::filesystem::path(name).filename().string();
}

Result<void> StateFile::save(std::string_view text) {
  const Result<bool> locked = lock();
  if (!locked) {
    return tl::unexpected(locked.error());
  }
  if (!*locked) {
    return in_use(path_);
  }
  replaceable_ = replaceable_ || is_absent(path_);
  if (!replaceable_) {
    return fail(
        ErrorCode::kSystem,
        fmt::format("state file {} holds what could not be read, and is left as it is", path_));
  }
  const std::string beside = path_ + ".tmp";
  Result<void> written = write_beside(beside, text);
  if (written && std::rename(beside.c_str(), path_.c_str()) != 0) {
    written = system_failure(path_, "cannot be replaced");
  }
  if (!written) {
    ::unlink(beside.c_str());
    return written;
  }
  return sync_directory();
}

Result<void> StateFile::write_beside(const std::string& beside, std::string_view text) const {
  // What a crash left there, and never through a link that someone put there.
  ::unlink(beside.c_str());
  const UniqueFd fd(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!fd || !write_all(fd.get(), text) || ::fsync(fd.get()) != 0) {
    return system_failure(path_, "cannot be written");
  }
  return {};
}

Result<void> StateFile::sync_directory() const {
  const std::string directory = std::filesystem::path(path_).parent_path().string();
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that has nothing to sync there.
  if (!fd || (::fsync(fd.get()) != 0 && errno != EINVAL)) {
    return system_failure(path_, "is written, but its directory cannot be synced");
  }
  return {};
}

}  // namespace everai::state
