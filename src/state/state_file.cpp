#include "state/state_file.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
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
/// The last line of a state file, with the checksum of all before it, is shorter.
constexpr std::size_t kRememberedEnd = 128;

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

/// Whether an open file is the one that a name leads to. @param name  relative to `folder`.
bool is_same(const UniqueFd& file, const UniqueFd& folder, const std::string& name) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file.get(), &open) == 0 &&
         ::fstatat(folder.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace

StateFile::StateFile(std::string given, StatePlace place)
    : given_(std::move(given)), place_(std::move(place)) {}

Result<StateFile> StateFile::open(const std::string& path) {
  Result<StatePlace> place = find_state_place(path);
  if (!place) {
    return tl::unexpected(place.error());
  }
  // The path must mean the same when the working directory is another.
  std::error_code error;
  const std::filesystem::path given = std::filesystem::absolute(path, error);
  StateFile file(error ? path : given.string(), std::move(*place));
  if (Result<void> locked = file.lock(); !locked) {
    return tl::unexpected(std::move(locked.error()));
  }
  return file;
}

/// Takes the lock in `place_`.
Result<void> StateFile::lock() {
  const std::string name = lock_name(place_);
  // Not through a link: in another container it would lead to another file.
  UniqueFd fd(::openat(place_.folder.get(), name.c_str(),
                       O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, kMode));
  if (!fd) {
    return system_failure(place_.path, "cannot be locked");
  }
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? in_use(place_.path)
                                : system_failure(place_.path, "cannot be locked");
  }
  if (!is_same(fd, place_.folder, name)) {
    return fail(ErrorCode::kSystem,
                fmt::format("state file {} cannot be locked: {} was replaced meanwhile",
                            place_.path, name));
  }
  lock_ = std::move(fd);
  replaceable_ = is_absent(place_.path) || holds_remembered();
  return {};
}

/// Whether the path still leads to what is locked; if not, the lock is given up.
Result<void> StateFile::check_held() {
  const Result<StatePlace> now = find_state_place(given_);
  if (!now) {
    return tl::unexpected(now.error());
  }
  std::string_view lost;
  if (now->name != place_.name || !is_same(place_.folder, now->folder, ".")) {
    lost = "its folder was removed or replaced";
  } else if (!is_same(lock_, place_.folder, lock_name(place_))) {
    lost = "its lock file was removed or replaced";
  } else {
    return {};
  }
  lock_ = UniqueFd();
  lost_ = true;
  return fail(ErrorCode::kSystem, fmt::format("state file {} is not saved: {}", place_.path, lost));
}

void StateFile::remember(std::string_view text) {
  remembered_size_ = text.size();
  remembered_end_ = text.substr(text.size() - std::min(text.size(), kRememberedEnd));
}

/// Whether the file is as this process last read or saved it.
bool StateFile::holds_remembered() const {
  if (remembered_end_.empty()) {
    return false;
  }
  const Result<FileContents> contents = read_file(place_.path, kMaxStateBytes);
  return contents && contents->text.size() == remembered_size_ &&
         contents->text.ends_with(remembered_end_);
}

Result<std::optional<SavedState>> StateFile::load(Timestamp now) {
  if (is_absent(place_.path)) {
    return std::nullopt;
  }
  const Result<FileContents> contents = read_file(place_.path, kMaxStateBytes);
  if (!contents && contents.error().code == ErrorCode::kSystem) {
    return fail(ErrorCode::kSystem,
                fmt::format("state file {} cannot be read: {}; it is left as it is, and nothing is "
                            "saved",
                            place_.path, contents.error().message));
  }
  Result<SavedState> state =
      contents.and_then([](const FileContents& file) { return parse_saved_state(file.text); });
  if (state) {
    remember(contents->text);
    replaceable_ = true;
    return std::move(*state);
  }
  const Result<std::string> aside = set_aside(now);
  replaceable_ = aside.has_value();
  if (!aside) {
    return fail(ErrorCode::kPayload,
                fmt::format("state file {}: {}; {}, and nothing is saved", place_.path,
                            state.error().message, aside.error().message));
  }
  return fail(ErrorCode::kPayload, fmt::format("state file {} is set aside as {}: {}", place_.path,
                                               *aside, state.error().message));
}

Result<std::string> StateFile::set_aside(Timestamp now) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const std::string first = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", place_.path,
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
  if (std::rename(place_.path.c_str(), name.c_str()) != 0) {
    return fail(ErrorCode::kSystem, fmt::format("it could not be set aside: {}",
                                                std::generic_category().message(errno)));
  }
  return std::filesystem::path(name).filename().string();
}

Result<void> StateFile::save(std::string_view text) {
  if (!lock_) {
    Result<StatePlace> place = find_state_place(given_);
    if (!place) {
      return tl::unexpected(std::move(place.error()));
    }
    place_ = std::move(*place);
    if (Result<void> locked = lock(); !locked) {
      return locked;
    }
  } else if (Result<void> held = check_held(); !held) {
    return held;
  }
  replaceable_ = replaceable_ || is_absent(place_.path);
  if (!replaceable_) {
    return fail(ErrorCode::kSystem,
                fmt::format("state file {} {}", place_.path,
                            lost_ ? "is not as this process left it, and stays as it is; a restart "
                                    "goes on from it"
                                  : "holds what could not be read, and is left as it is"));
  }
  return replace(text);
}

Result<void> StateFile::replace(std::string_view text) {
  const int folder = place_.folder.get();
  const std::string beside = place_.name + ".tmp";
  // What a crash left there, and never through a link that someone put there.
  ::unlinkat(folder, beside.c_str(), 0);
  const UniqueFd fd(::openat(folder, beside.c_str(),
                             O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
  Result<void> written;
  if (!fd || !write_all(fd.get(), text) || ::fsync(fd.get()) != 0) {
    written = system_failure(place_.path, "cannot be written");
  }
  if (written) {
    // Once more, as that can have taken long.
    written = check_held();
  }
  if (written && ::renameat(folder, beside.c_str(), folder, place_.name.c_str()) != 0) {
    written = system_failure(place_.path, "cannot be replaced");
  }
  if (!written) {
    if (fd && is_same(fd, place_.folder, beside)) {
      ::unlinkat(folder, beside.c_str(), 0);
    }
    return written;
  }
  remember(text);
  // EINVAL: a file system that has nothing to sync there.
  if (::fsync(folder) != 0 && errno != EINVAL) {
    return system_failure(place_.path, "is written, but its directory cannot be synced");
  }
  return {};
}

}  // namespace everai::state
