#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace everai::config {

/// Where in a text something stands; both begin at 1, a column is a byte.
struct Position {
  int line = 1;
  int column = 1;
};

/// What YAML allows and a configuration does not.
struct YamlMistake {
  Position at;
  std::string why;
};

struct YamlMember;

/// A value of a YAML text.
struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Position at;                      ///< of a map's value that is left out: its key's
  std::string text;                 ///< of a scalar
  bool quoted = false;              ///< of a scalar: so it is a text, whatever it looks like
  std::vector<YamlNode> items;      ///< of a list
  std::vector<YamlMember> members;  ///< of a map, in the text's order
  /// The first one of the node itself, or of the keys of its map; not of what is in it.
  std::optional<YamlMistake> mistake;
};

/// A key of a map, with its value.
struct YamlMember {
  std::string key;
  Position at;  ///< of the key
  YamlNode value;
};

inline constexpr std::size_t kMaxYamlBytes = 1024UL * 1024;
inline constexpr std::size_t kMaxYamlDepth = 16;

/// Parses one document of YAML. A text without a document is null. An anchor, an alias (which is
/// null), a tag, and a key that its map has already, are left in the tree as mistakes.
/// @param name  of the text, for messages.
/// @return kUsage, as `NAME:LINE:COLUMN: what is wrong`, if it is no YAML in UTF-8, is larger than
///         kMaxYamlBytes, nests deeper than kMaxYamlDepth, has more than one document, control
///         characters, or a key that is no scalar. The message shows nothing of the text but keys
///         that look like one.
/// Pure. Thread-safe.
[[nodiscard]] Result<YamlNode> parse_yaml(std::string_view text, std::string_view name);

/// @return kUsage, as from parse_yaml, with the mistake of a tree that comes first in its text.
/// Pure. Thread-safe.
[[nodiscard]] Result<void> check_strict(const YamlNode& root, std::string_view name);

/// A key as a message may show it, in quotes; nothing of one that could be a misplaced secret.
[[nodiscard]] std::string show_key(std::string_view key);

}  // namespace everai::config
