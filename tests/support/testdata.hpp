#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace everai::testing {

/// The bytes of a file; nothing if it cannot be read.
inline std::string load_file(const std::filesystem::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

}  // namespace everai::testing
