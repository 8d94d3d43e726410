#pragma once

#include <string>
#include <vector>

namespace everai::workers {

/// Lays out rows of cells in columns as wide as their widest cell, two spaces between them, no
/// spaces at a line's end. The cells are printable, the last of a row not empty.
/// Pure. Thread-safe.
[[nodiscard]] std::string render_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace everai::workers
