#include "state/state_file.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
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

/// Gives a file another name, unless something has that. It keeps the old one too where the file
/// system can do that, so that there is never a moment without it. @return false: see errno.
bool give_new_name(int folder, const std::string& name, const std::string& new_name) {
  if (::linkat(folder, name.c_str(), folder, new_name.c_str(), 0) == 0) {
    return true;
  }
  struct stat status {};
  if (errno == EEXIST || ::fstatat(folder, new_name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return false;
  }
  // Nobody else takes the name meanwhile: that would need the lock.
  return ::renameat(folder, name.c_str(), folder, new_name.c_str()) == 0;
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
  remembered_ = std::pair(text.size(), std::hash<std::string_view>{}(text));
}

/// Whether the file is as this process last read or saved it.
bool StateFile::holds_remembered() const {
  if (!remembered_) {
    return false;
  }
  const Result<FileContents> contents = read_file(place_.path, kMaxStateBytes);
  return contents && remembered_ == std::pair(contents->text.size(),
                                              std::hash<std::string_view>{}(contents->text));
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
  replaceable_ = true;
  if (contents) {
    remember(contents->text);
  }
  Result<SavedState> state =
      contents.and_then([](const FileContents& file) { return parse_saved_state(file.text); });
  if (!state || state->damage_count > 0) {
    damaged_ = now;
  }
  if (!state) {
    return fail(ErrorCode::kPayload,
                fmt::format("state file {}: {}", place_.path, state.error().message));
  }
  return std::move(*state);
}

/// Gives the file another name, which nothing has yet.
Result<void> StateFile::set_aside() {
  const int folder = place_.folder.get();
  const std::time_t found = std::chrono::system_clock::to_time_t(*damaged_);
  const std::string first =
      fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", place_.name, fmt::gmtime(found));
  for (int number = 1; number <= kMostNamesPerSecond; ++number) {
    const std::string name = number == 1 ? first : fmt::format("{}-{}", first, number);
    if (give_new_name(folder, place_.name, name)) {
      damaged_name_ = name;
      damaged_.reset();
      return {};
    }
    if (errno != EEXIST) {
      break;
    }
  }
  return system_failure(place_.path, "is damaged, and cannot be set aside");
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
  if (text.size() > kMaxStateBytes) {
    return fail(ErrorCode::kSystem,
                fmt::format("state file {} would have {} bytes, and could not be read again",
                            place_.path, text.size()));
  }
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
  if (written && damaged_ && !is_absent(place_.path)) {
    written = set_aside();
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
  damaged_.reset();
  remember(text);
  // EINVAL: a file system that has nothing to sync there.
  if (::fsync(folder) != 0 && errno != EINVAL) {
    return system_failure(place_.path, "is written, but its directory cannot be synced");
  }
  return {};
}

}  // namespace everai::state
