#include "config/seen_file.hpp"

#include <sys/stat.h>

namespace everai::config {

std::pair<Result<FileContents>, SeenFile> look_at_file(const std::string& path,
                                                       std::size_t limit_bytes) {
  SeenFile seen{.path = path};
  // Before it is read: what is written while it is read shows at the next look.
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    seen.changed = std::chrono::seconds{status.st_ctim.tv_sec} +
                   std::chrono::nanoseconds{status.st_ctim.tv_nsec};
  }
  Result<FileContents> contents = read_file(path, limit_bytes);
  if (contents) {
    seen.digest = sha256(contents->text);
  }
  return {std::move(contents), std::move(seen)};
}

}  // namespace everai::config
