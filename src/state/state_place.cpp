#include "state/state_place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace everai::state {
namespace {

/// As many as the kernel follows.
constexpr int kMostLinks = 40;

tl::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view why) {
  return fail(ErrorCode::kSystem, fmt::format("state file {} {}", path.string(), why));
}

/// @param number  an errno.
tl::unexpected<Error> refuse(const std::filesystem::path& path, std::string_view why, int number) {
  return refuse(path, fmt::format("{}: {}", why, std::generic_category().message(number)));
}

/// The file's absolute path without symbolic links. The file need not be there, its folder must.
Result<std::filesystem::path> resolved(const std::string& given) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(given, error);
  if (error) {
    return refuse(given, "cannot be found", error.value());
  }
  for (int links = 0; links <= kMostLinks; ++links) {
    const std::filesystem::path name = path.filename();
    if (name.empty() || name == "." || name == "..") {
      return refuse(given, "has the name of a folder");
    }
    const std::filesystem::path folder = std::filesystem::canonical(path.parent_path(), error);
    if (error) {
      return refuse(given,
                    fmt::format("cannot be used, its folder {}", path.parent_path().string()),
                    error.value());
    }
    const std::filesystem::path whole = folder / name;
    const std::filesystem::path target = std::filesystem::read_symlink(whole, error);
    if (error == std::errc::invalid_argument || error == std::errc::no_such_file_or_directory ||
        error == std::errc::not_a_directory) {
      return whole;
    }
    if (error) {
      return refuse(given, "cannot be used", error.value());
    }
    path = folder / target;  // just the target if that is absolute
  }
  return refuse(given, "cannot be used", ELOOP);
}

/// Checks what is in a file's place. @param name  relative to `folder`.
/// @return empty: a regular file, or nothing.
std::string trouble_with(int folder, const std::string& name) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? "" : std::generic_category().message(errno);
  }
  if (S_ISREG(status.st_mode)) {
    return "";
  }
  return S_ISDIR(status.st_mode) ? "it is a directory" : "it is no regular file";
}

}  // namespace

std::string lock_name(const StatePlace& place) {
  return place.name + ".lock";
}

Result<StatePlace> find_state_place(const std::string& path) {
  // What a link in /proc/self/fd leads to can be seen, but not be resolved.
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    return refuse(path, "cannot be used: it is no regular file");
  }
  const Result<std::filesystem::path> whole = resolved(path);
  if (!whole) {
    return tl::unexpected(whole.error());
  }
  const std::string folder = whole->parent_path().string();
  StatePlace place{.path = whole->string(),
                   .name = whole->filename().string(),
                   .folder = UniqueFd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))};
  if (!place.folder) {
    return refuse(*whole, fmt::format("cannot be used, its folder {}", folder), errno);
  }
  // No flags: container runtimes of some years ago refuse the system call that has them.
  if (::faccessat(place.folder.get(), ".", W_OK | X_OK, 0) != 0) {
    return refuse(*whole, fmt::format("cannot be used, its folder {} cannot be written", folder),
                  errno);
  }
  if (const std::string trouble = trouble_with(place.folder.get(), place.name); !trouble.empty()) {
    return refuse(*whole, "cannot be used: " + trouble);
  }
  const std::string lock = lock_name(place);
  if (const std::string trouble = trouble_with(place.folder.get(), lock); !trouble.empty()) {
    return refuse(*whole, fmt::format("cannot be locked, {}: {}", lock, trouble));
  }
  if (::faccessat(place.folder.get(), lock.c_str(), R_OK | W_OK, 0) != 0 && errno != ENOENT) {
    return refuse(*whole, fmt::format("cannot be locked, {}", lock), errno);
  }
  return place;
}

}  // namespace everai::state
