#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "config/block.hpp"
#include "util/result.hpp"

namespace everai::config {

/// An app of a configuration file, with what it says of itself.
struct FileApp {
  Value<api::AppRef> app;
  Block own;
};

/// What a configuration file says.
struct FileText {
  Block global;
  std::vector<FileApp> apps;
  bool holds_secret = false;  ///< itself, not in files that it names; also of an app left out
};

/// Reads the text of a configuration file; opens none.
/// @param path  of the file: it stands in messages and origins, and relative paths of the text are
///              taken from its folder.
/// @param only  if not null, the only app that is read: others are left out, whatever is wrong with
///              them. One whose namespace or name cannot be read is another one if the file has
///              the wanted one, and else read, as it may be that.
/// @return kUsage, as `PATH:LINE:COLUMN: what is wrong, and what was expected`; never shows a
/// secret.
/// Pure. Thread-safe.
[[nodiscard]] Result<FileText> parse_file_text(std::string_view text, std::string_view path,
                                               const api::AppRef* only = nullptr);

}  // namespace everai::config
