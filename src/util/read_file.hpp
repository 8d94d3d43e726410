#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "util/result.hpp"

/// The one reader of files.
namespace everai {

/// A file as it was at one moment.
struct FileContents {
  std::string text;
  bool open_to_others = false;  ///< its mode lets in more than its owner and group
};

/// Reads a regular file to its end, whatever size the system states; links are followed. Anything
/// else (a pipe, a device, a socket, a folder) is refused without opening it, so that this never
/// waits for another process.
/// @return kTooLarge if it has more than `limit_bytes`, else kSystem; the reason, without the path.
/// Thread-safe.
[[nodiscard]] Result<FileContents> read_file(const std::string& path, std::size_t limit_bytes);

/// As `read_file`, but takes a pipe too, such as the one of `<(command)`, and reads it until all
/// its writers have closed it. @param longest  how long to wait for that.
/// @return also kTimeout if they have not by then.
[[nodiscard]] Result<FileContents> read_file_or_pipe(const std::string& path,
                                                     std::size_t limit_bytes,
                                                     std::chrono::milliseconds longest);

/// Whether there is a pipe of that name.
[[nodiscard]] bool is_pipe(const std::string& path);

/// Whether a file is there whose mode lets in more than its owner and group.
[[nodiscard]] bool is_open_to_others(const std::string& path);

}  // namespace everai
