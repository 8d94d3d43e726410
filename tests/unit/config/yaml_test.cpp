#include "config/yaml.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

namespace everai::config {
namespace {

using Kind = YamlNode::Kind;

YamlNode parse(std::string_view text) {
  Result<YamlNode> node = parse_yaml(text, "f");
  EXPECT_TRUE(node.has_value()) << (node ? "" : node.error().message);
  return node.value_or(YamlNode{});
}

std::string refusal(std::string_view text) {
  const Result<YamlNode> node = parse_yaml(text, "f");
  const Result<void> strict =
      node ? check_strict(*node, "f") : Result<void>(tl::unexpected(node.error()));
  if (strict) {
    return "accepted";
  }
  EXPECT_EQ(strict.error().code, ErrorCode::kUsage);
  return strict.error().message;
}

std::string place(Position at) {
  return fmt::format("{}:{}", at.line, at.column);
}

TEST(ParseYaml, KeepsPlacesAndOrder) {
  const YamlNode root = parse("b: 1\na:\n  - x\n  - {c: 'y'}\n");
  ASSERT_EQ(root.kind, Kind::kMap);
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].key, "b");
  EXPECT_EQ(root.members[0].value.text, "1");
  EXPECT_EQ(place(root.members[0].value.at), "1:4");
  EXPECT_EQ(root.members[1].key, "a");
  EXPECT_EQ(place(root.members[1].at), "2:1");
  const YamlNode& list = root.members[1].value;
  ASSERT_EQ(list.kind, Kind::kList);
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].text, "x");
  EXPECT_EQ(place(list.items[1].members.at(0).value.at), "4:9");
}

TEST(ParseYaml, KeepsTextsWhole) {
  const YamlNode root =
      parse("a: \"x\\n\\\"\\u00e9\"\nb: 'it''s'\nc: |\n  two\n  lines\nd: plain # not this\n");
  EXPECT_EQ(root.members.at(0).value.text, "x\n\"\xC3\xA9");
  EXPECT_EQ(root.members.at(1).value.text, "it's");
  EXPECT_EQ(root.members.at(2).value.text, "two\nlines\n");
  EXPECT_EQ(root.members.at(3).value.text, "plain");
  EXPECT_TRUE(root.members.at(0).value.quoted);
  EXPECT_TRUE(root.members.at(1).value.quoted);
  EXPECT_TRUE(root.members.at(2).value.quoted);
  EXPECT_FALSE(root.members.at(3).value.quoted);
}

TEST(ParseYaml, ReadsNothingAsNull) {
  for (const char* text : {"", "# a comment\n", "---\n", "~\n", "null\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(parse(text).kind, Kind::kNull) << text;
  }
  const YamlNode root = parse("a:\nb: ~\n");
  EXPECT_EQ(root.members.at(0).value.kind, Kind::kNull);
  EXPECT_EQ(place(root.members.at(0).value.at), "1:1");
  EXPECT_EQ(root.members.at(1).value.kind, Kind::kNull);
  EXPECT_EQ(parse("a: 'null'\n").members.at(0).value.kind, Kind::kScalar);
}

TEST(ParseYaml, RefusesWhatStrictYamlHasNot) {
  EXPECT_EQ(refusal("a: 1\na: 2\n"), "f:2:1: the key 'a' is here twice, expected once");
  EXPECT_EQ(refusal("a: {b: 1, b: 2}\n"), "f:1:11: the key 'b' is here twice, expected once");
  EXPECT_EQ(refusal("a: &x 1\n"), "f:1:4: an anchor is not allowed, expected the value alone");
  EXPECT_EQ(refusal("&x a: 1\n"), "f:1:1: an anchor is not allowed, expected the value alone");
  EXPECT_EQ(refusal("a: &x [1]\n"), "f:1:4: an anchor is not allowed, expected the value alone");
  EXPECT_EQ(refusal("a: !!int 1\n"), "f:1:4: a tag is not allowed, expected the value alone");
  EXPECT_EQ(refusal("! a: 1\n"), "f:1:1: a tag is not allowed, expected the value alone");
  EXPECT_EQ(refusal("[1]: 2\n"), "f:1:1: this key is no text, expected one");
  EXPECT_EQ(refusal("{a: 1}: 2\n"), "f:1:1: this key is no text, expected one");
  EXPECT_EQ(refusal("a: 1\n---\nb: 2\n"), "f:2:1: a second document begins here, expected one");
}

TEST(ParseYaml, LeavesMistakesWhereTheyStand) {
  const YamlNode root = parse("- {a: 1, a: 2}\n- &x 3\n- good\n- {b: *x}\n- !!str [c]\n");
  ASSERT_EQ(root.items.size(), 5U);
  EXPECT_FALSE(root.mistake.has_value());
  EXPECT_EQ(place(root.items[0].mistake.value().at), "1:10");
  EXPECT_EQ(root.items[0].members.at(0).value.text, "1");
  EXPECT_EQ(place(root.items[1].mistake.value().at), "2:3");
  EXPECT_EQ(root.items[1].text, "3");
  EXPECT_FALSE(root.items[2].mistake.has_value());
  EXPECT_FALSE(root.items[3].mistake.has_value());
  EXPECT_EQ(place(root.items[3].members.at(0).value.mistake.value().at), "4:7");
  EXPECT_EQ(root.items[3].members.at(0).value.kind, Kind::kNull);
  EXPECT_EQ(place(root.items[4].mistake.value().at), "5:3");
  EXPECT_EQ(root.items[4].items.at(0).text, "c");
}

TEST(CheckStrict, TellsTheMistakeThatComesFirstInTheText) {
  EXPECT_EQ(refusal("a: {b: &x 1}\na: 2\n"),
            "f:1:8: an anchor is not allowed, expected the value alone");
  EXPECT_EQ(refusal("a: [1, &x 1]\nb: {c: 1, c: 2}\n"),
            "f:1:8: an anchor is not allowed, expected the value alone");
  EXPECT_EQ(refusal("a: 1\na: {b: &x 1, c: !t 2}\n"),
            "f:2:1: the key 'a' is here twice, expected once");
  EXPECT_EQ(refusal("{a: 1, a: 2, b: 1, b: 2}\n"),
            "f:1:8: the key 'a' is here twice, expected once");
  // What cannot be read at all goes first.
  EXPECT_EQ(refusal("a: 1\na: 2\nb: 'x\n"), "f:3:4: this quote has no end, expected another one");
}

TEST(ParseYaml, RefusesWhatIsCutOff) {
  for (const char* text : {"a: \"x", "a: \"x\n", "a: 'x", "a: 'x''", "\"a", "a: \"x\\\"", "[\"x",
                           "a: [1", "a: {b", "{"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
  // An anchor or a tag before the quote.
  for (const char* text : {"a: &x 'y\n", "a: !t \"y\n", "a: ! 'y\n", "a: &x !t 'y\n",
                           "a: !t &x\n  'y\n", "a: &x # why\r\n  # not\n  'y\n", "&x 'y\n"}) {
    EXPECT_NE(refusal(text).find("this quote has no end"), std::string::npos) << text;
  }
}

TEST(ParseYaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(refusal(std::string_view("a: \0b", 5)),
            "f:1:4: a control character is not allowed, expected text");
  // yaml-cpp would take it for the end.
  EXPECT_EQ(refusal("a: 1\n\x04\nb: 2\n"),
            "f:2:1: a control character is not allowed, expected text");
  EXPECT_EQ(refusal("a: \xC3\xA9\xE9\n"), "f:1:6: this is no character, expected text in UTF-8");
  EXPECT_EQ(refusal("\xFE\xFF"), "f:1:1: this is no character, expected text in UTF-8");
}

TEST(ParseYaml, ShowsNothingThatCouldBeASecret) {
  for (const char* text : {"a: *canary\n", "a: &canary 1\n", "a: !canary 1\n", "a: \"\\canary\"\n",
                           "canary7: 1\ncanary7: 2\n", "a: @canary\n", "a: %canary\n",
                           "a: canary: canary\n", "a: \"\\ucanary\"\n"}) {
    const std::string message = refusal(text);
    EXPECT_NE(message, "accepted") << text;
    EXPECT_EQ(message.find("canary"), std::string::npos) << message;
  }
}

TEST(ParseYaml, LimitsSizeAndDepth) {
  const std::string sixteen = fmt::format("{:[>16}x{:]>16}", "", "");
  EXPECT_EQ(refusal(sixteen), "accepted");
  EXPECT_EQ(refusal(fmt::format("[{}]", sixteen)),
            "f:1:17: this nests too deep, expected at most 16 levels");
  std::string largest = "a: 1\n#";
  largest.resize(kMaxYamlBytes, '#');
  EXPECT_EQ(refusal(largest), "accepted");
  EXPECT_EQ(refusal(largest + '#'), "f: it is larger than 1 MiB");
}

/// A text of the largest size that repeats a piece.
std::string repeated(std::string_view piece) {
  std::string text;
  while (text.size() + piece.size() <= kMaxYamlBytes) {
    text += piece;
  }
  return text;
}

TEST(ParseYaml, IsDoneWithTheWorstTextInSeconds) {
  for (const char* piece : {"[", "{a: ", "- ", "? ", "a: b\n", ",", "\"\" ", "[],"}) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string result = refusal(repeated(piece));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(took.count(), 20) << piece << " " << result;
  }
}

TEST(ShowKey, HidesWhatDoesNotLookLikeOne) {
  EXPECT_EQ(show_key("scrape_interval"), "'scrape_interval' ");
  for (const char* key : {"", "Bearer x", "eyJhbGciOi", "a1", "a\n", "<<"}) {
    EXPECT_EQ(show_key(key), "") << key;
  }
  EXPECT_EQ(show_key(std::string(41, 'a')), "");
}

}  // namespace
}  // namespace everai::config
