#include "workers/table.hpp"

#include <algorithm>

namespace everai::workers {
namespace {

/// Characters, each of which takes one column on most terminals.
std::size_t width_of(const std::string& cell) {
  constexpr unsigned char kKindMask = 0xC0;
  constexpr unsigned char kContinuation = 0x80;
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & kKindMask) != kContinuation;
  }));
}

}  // namespace

std::string render_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::size_t spaces = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      text.append(spaces, ' ').append(row[i]);
      spaces = widths[i] - width_of(row[i]) + 2;
    }
    text += '\n';
  }
  return text;
}

}  // namespace everai::workers
