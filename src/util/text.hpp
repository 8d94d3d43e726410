#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace everai {

/// Makes foreign text safe for one log line: valid UTF-8, at most `limit_bytes` bytes, an ellipsis
/// at the end where it was cut, and as `\xNN` each byte of control characters, of separators of
/// lines, and of what changes the direction of text, which can make a line read as another one.
/// Never breaks a character. Pure. Thread-safe.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit_bytes = 200);

/// As printable, for what a library says or someone typed: what looks like credentials in it reads
/// `<secret>`, see `without_credentials`. Pure. Thread-safe.
[[nodiscard]] std::string presentable(std::string_view text, std::size_t limit_bytes = 200);

/// A wrong value as a message shows it: in quotes and printable, or `this` if it is so long that it
/// may be a token in the wrong place, or seems to have credentials in it. Pure. Thread-safe.
[[nodiscard]] std::string show_value(std::string_view text);

/// The text in double quotes, as logfmt, JSON and YAML read it; it must be printable already.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The text with every byte that is no part of a valid UTF-8 sequence replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// The text without the one byte order mark that it may begin with. Pure. Thread-safe.
[[nodiscard]] std::string_view without_byte_order_mark(std::string_view text);

/// Whether a text begins or ends with a space, or has a space in it that is not U+0020, such as one
/// that does not break or has no width: it looks like another text. Pure. Thread-safe.
[[nodiscard]] bool has_odd_space(std::string_view text);

/// The names with commas between them, as many as fit into `limit_bytes` but at least one, then how
/// many there are more: `a, b and 198 more`. Pure. Thread-safe.
[[nodiscard]] std::string join_some(const std::vector<std::string>& names, std::size_t limit_bytes);

/// Whether two texts are the same but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view one, std::string_view other);

/// Percent-encodes everything but the unreserved characters of RFC 3986, for one path segment. The
/// segments "." and ".." are encoded too: clients and servers would take them as steps in the path.
[[nodiscard]] std::string percent_encode(std::string_view segment);

}  // namespace everai
