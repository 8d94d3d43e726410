#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "util/read_file.hpp"
#include "util/result.hpp"
#include "util/sha256.hpp"

namespace everai::config {

/// What a look at a file found. Two looks that found the same found a file that nobody wrote to,
/// replaced or touched in between.
struct SeenFile {
  std::string path;
  /// When the file, or anything about it, was changed last, which nobody can set by hand; since
  /// 1970. Nothing: it is not there.
  std::optional<std::chrono::nanoseconds> changed = {};
  Sha256 digest{};  ///< of its text; zeros: it could not be read

  bool operator==(const SeenFile&) const = default;
};

/// Reads a file as `read_file` does, links followed. Thread-safe.
[[nodiscard]] std::pair<Result<FileContents>, SeenFile> look_at_file(const std::string& path,
                                                                     std::size_t limit_bytes);

}  // namespace everai::config
