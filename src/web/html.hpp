#pragma once

#include <string>
#include <string_view>

namespace everai::web {

/// Makes foreign text safe in HTML, between tags and in a quoted attribute: `&`, `<`, `>` and both
/// quotes become references; what is no UTF-8 becomes U+FFFD; control characters, and invisible
/// ones that reorder, join or hide text, become visible as `\u202e`.
/// Pure. Thread-safe.
[[nodiscard]] std::string escape_html(std::string_view text);

/// At most `limit` characters: a longer text keeps its begin and its end, with an ellipsis between.
/// What is no UTF-8 becomes U+FFFD. Pure. Thread-safe.
[[nodiscard]] std::string shorten(std::string_view foreign, std::size_t limit);

}  // namespace everai::web
