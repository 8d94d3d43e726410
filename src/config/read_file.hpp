#pragma once

#include <string>

#include "util/result.hpp"

namespace everai::config {

/// A file as it was at one moment.
struct FileContents {
  std::string text;
  bool open_to_others = false;  ///< its mode lets in more than its owner and group
};

/// Reads a regular file of at most `limit_bytes`; links are followed.
/// @return kUsage with the reason, without the path.
[[nodiscard]] Result<FileContents> read_file(const std::string& path, std::size_t limit_bytes);

/// Whether a file is there whose mode lets in more than its owner and group.
[[nodiscard]] bool is_open_to_others(const std::string& path);

}  // namespace everai::config
