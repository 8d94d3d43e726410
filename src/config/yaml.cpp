#include "config/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "util/text.hpp"

namespace everai::config {
namespace {

constexpr std::string_view kNoTag = "?";
constexpr std::string_view kNotPlain = "!";  ///< quoted, a block, or the tag `!`

Position position_of(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

/// What leaves the parser when its events are not wanted.
class Refusal : public YAML::ParserException {
 public:
  using YAML::ParserException::ParserException;
};

/// Builds the tree; throws a Refusal at what has no place in it.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(has_document_, true)) {
      refuse(mark, "a second document begins here, expected one");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin(mark, kNoTag, anchor, YamlNode::Kind::kNull);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    constexpr const char* kWhy = "an alias is not allowed, expected the value itself";
    if (awaits_key()) {
      refuse(mark, kWhy);
    }
    note(begin(mark, kNoTag, YAML::NullAnchor, YamlNode::Kind::kNull), mark, kWhy);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool quoted = tag == kNotPlain;
    const std::size_t start =
        std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), text_.size());
    check_end_of_quote(mark, start);
    const bool has_tag = quoted ? text_.substr(start).starts_with('!') : tag != kNoTag;
    const std::string_view given_tag = has_tag ? std::string_view(tag) : kNoTag;
    if (awaits_key()) {
      check(*open_.back().node, mark, given_tag, anchor);
      add_key(mark, value);
      return;
    }
    YamlNode& node = begin(mark, given_tag, anchor, YamlNode::Kind::kScalar);
    node.text = value;
    node.quoted = quoted;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::kList);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  /// A list or map that has not ended. Its node stays where it is: what holds it only grows after
  /// its end.
  struct Open {
    YamlNode* node;
    bool awaits_value = false;  ///< of a map: the last member's
    std::set<std::string> keys = {};
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, const std::string& why) {
    throw Refusal(mark, why);
  }

  static void note(YamlNode& node, const YAML::Mark& mark, const std::string& why) {
    if (!node.mistake) {
      node.mistake = {position_of(mark), why};
    }
  }

  static void check(YamlNode& node, const YAML::Mark& mark, std::string_view tag,
                    YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      note(node, mark, "an anchor is not allowed, expected the value alone");
    }
    if (tag != kNoTag) {
      note(node, mark, "a tag is not allowed, expected the value alone");
    }
  }

  /// Where a scalar itself begins, behind its anchor and tag.
  [[nodiscard]] std::size_t behind_properties(std::size_t at) const {
    const auto here = [&] { return at < text_.size() ? text_[at] : '\0'; };
    while (here() == '&' || here() == '!' || here() == '#') {
      at = text_.find_first_of(here() == '#' ? "\r\n" : " \t\r\n", at);
      at = text_.find_first_not_of(" \t\r\n", at);
    }
    return at;
  }

  /// The parser takes the end of the text for the end of a quote.
  void check_end_of_quote(const YAML::Mark& mark, std::size_t start) const {
    const std::size_t begin = behind_properties(start);
    const char quote = begin < text_.size() ? text_[begin] : '\0';
    if (quote != '"' && quote != '\'') {
      return;
    }
    for (std::size_t at = begin + 1; at < text_.size(); ++at) {
      const bool twice = quote == '\'' && text_.substr(at).starts_with("''");
      if (twice || (quote == '"' && text_[at] == '\\')) {
        ++at;
      } else if (text_[at] == quote) {
        return;
      }
    }
    refuse(mark, "this quote has no end, expected another one");
  }

  [[nodiscard]] bool awaits_key() const {
    return !open_.empty() && open_.back().node->kind == YamlNode::Kind::kMap &&
           !open_.back().awaits_value;
  }

  void add_key(const YAML::Mark& mark, const std::string& key) {
    Open& map = open_.back();
    if (!map.keys.insert(key).second) {
      note(*map.node, mark, fmt::format("the key {}is here twice, expected once", show_key(key)));
    }
    map.node->members.push_back({.key = key, .at = position_of(mark), .value = {}});
    map.awaits_value = true;
  }

  /// Makes the node of a value, in its place.
  YamlNode& begin(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor,
                  YamlNode::Kind kind) {
    if (awaits_key()) {
      refuse(mark, "this key is no text, expected one");
    }
    YamlNode* node = &root_;
    if (!open_.empty() && open_.back().node->kind == YamlNode::Kind::kList) {
      node = &open_.back().node->items.emplace_back();
    } else if (!open_.empty()) {
      open_.back().awaits_value = false;
      YamlMember& member = open_.back().node->members.back();
      member.value.at = member.at;
      node = &member.value;
    }
    check(*node, mark, tag, anchor);
    node->kind = kind;
    // A value that is left out stands nowhere.
    const bool left_out = kind == YamlNode::Kind::kNull && node != &root_ &&
                          open_.back().node->kind == YamlNode::Kind::kMap;
    if (!left_out) {
      node->at = position_of(mark);
    }
    return *node;
  }

  void open(const YAML::Mark& mark, std::string_view tag, YAML::anchor_t anchor,
            YamlNode::Kind kind) {
    if (open_.size() == kMaxYamlDepth) {
      refuse(mark, fmt::format("this nests too deep, expected at most {} levels", kMaxYamlDepth));
    }
    open_.push_back({.node = &begin(mark, tag, anchor, kind)});
  }

  std::string_view text_;
  bool has_document_ = false;
  YamlNode root_;
  std::vector<Open> open_;
};

/// The mistake of a tree that comes first in its text; null if there is none.
const YamlMistake* first_mistake(const YamlNode& node) {
  const YamlMistake* first = node.mistake ? &*node.mistake : nullptr;
  const auto look_into = [&first](const YamlNode& part) {
    const YamlMistake* found = first_mistake(part);
    const auto place = [](const YamlMistake& mistake) {
      return std::pair(mistake.at.line, mistake.at.column);
    };
    if (found != nullptr && (first == nullptr || place(*found) < place(*first))) {
      first = found;
    }
  };
  std::for_each(node.items.begin(), node.items.end(), look_into);
  for (const YamlMember& member : node.members) {
    look_into(member.value);
  }
  return first;
}

tl::unexpected<Error> refuse(std::string_view name, Position at, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("{}:{}:{}: {}", name, at.line, at.column, why));
}

Position position_at(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {static_cast<int>(lines) + 1, static_cast<int>(offset - begin) + 1};
}

bool is_control(char c) {
  const bool allowed = c == '\t' || c == '\n' || c == '\r';
  return !allowed && (static_cast<unsigned char>(c) < 0x20 || c == '\x7F');
}

/// Checks the bytes. The parser takes some control characters for the end of the text.
Result<void> check_text(std::string_view text, std::string_view name) {
  if (text.size() > kMaxYamlBytes) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: it is larger than {} MiB", name, kMaxYamlBytes / (1024UL * 1024)));
  }
  const auto control = static_cast<std::size_t>(
      std::distance(text.begin(), std::find_if(text.begin(), text.end(), is_control)));
  if (control < text.size()) {
    return refuse(name, position_at(text, control),
                  "a control character is not allowed, expected text");
  }
  const std::string valid = valid_utf8(text);
  if (valid != text) {
    const auto [wrong, unused] = std::mismatch(text.begin(), text.end(), valid.begin());
    const auto offset = static_cast<std::size_t>(wrong - text.begin());
    return refuse(name, position_at(text, offset), "this is no character, expected text in UTF-8");
  }
  return {};
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text, std::string_view name) {
  text = without_byte_order_mark(text);
  if (Result<void> good = check_text(text, name); !good) {
    return tl::unexpected(good.error());
  }
  TreeBuilder builder(text);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return refuse(name, position_of(refusal.mark), refusal.msg);
  } catch (const YAML::Exception& error) {
    // After a colon some messages repeat a piece of the text.
    const std::string_view why(error.msg);
    return refuse(name, position_of(error.mark),
                  fmt::format("no valid YAML, {}", why.substr(0, why.find(": "))));
  }
  return builder.take_root();
}

Result<void> check_strict(const YamlNode& root, std::string_view name) {
  const YamlMistake* mistake = first_mistake(root);
  return mistake == nullptr ? Result<void>() : refuse(name, mistake->at, mistake->why);
}

std::string show_key(std::string_view key) {
  constexpr std::size_t kLongest = 40;
  const bool looks_like_a_key =
      !key.empty() && key.size() <= kLongest && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_';
      });
  return looks_like_a_key ? fmt::format("'{}' ", key) : "";
}

}  // namespace everai::config
