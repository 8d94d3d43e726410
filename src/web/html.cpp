#include "web/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "util/text.hpp"

namespace everai::web {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool continues(char byte) {
  return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

/// The bytes of the character at the front of valid UTF-8.
std::string_view first_character(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && continues(text[length])) {
    ++length;
  }
  return text.substr(0, length);
}

char32_t code_point(std::string_view character) {
  const auto lead = static_cast<std::uint8_t>(character.front());
  if (character.size() == 1) {
    return lead;
  }
  // A lead byte of n bytes has n ones and a zero before its part of the code point.
  char32_t code = lead & (0x7FU >> character.size());
  for (const char byte : character.substr(1)) {
    code = (code << 6U) | (static_cast<std::uint8_t>(byte) & 0x3FU);
  }
  return code;
}

/// Whether a character would act on its neighbours or on the reader's eye unseen. The joiners
/// U+200C and U+200D stay: scripts and emoji need them.
bool is_treacherous(char32_t code) {
  constexpr std::array<std::pair<char32_t, char32_t>, 12> kRanges{
      {{0x00, 0x1F},
       {0x7F, 0x9F},
       {0xAD, 0xAD},          // soft hyphen
       {0x61C, 0x61C},        // bidi mark
       {0x180E, 0x180E},      // invisible
       {0x200B, 0x200B},      // invisible
       {0x200E, 0x200F},      // bidi marks
       {0x2028, 0x202E},      // line ends, bidi
       {0x2060, 0x206F},      // bidi isolates
       {0xFEFF, 0xFEFF},      // invisible
       {0xFFF9, 0xFFFB},      // annotations
       {0xE0000, 0xE0FFF}}};  // tags
  return std::any_of(kRanges.begin(), kRanges.end(), [code](const auto& range) {
    return code >= range.first && code <= range.second;
  });
}

}  // namespace

std::string escape_html(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view character = first_character(rest);
    rest.remove_prefix(character.size());
    const char32_t code = code_point(character);
    if (code == '&') {
      out += "&amp;";
    } else if (code == '<') {
      out += "&lt;";
    } else if (code == '>') {
      out += "&gt;";
    } else if (code == '"') {
      out += "&quot;";
    } else if (code == '\'') {
      out += "&#39;";
    } else if (is_treacherous(code)) {
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
    } else {
      out += character;
    }
  }
  return out;
}

std::string shorten(std::string_view foreign, std::size_t limit) {
  std::string text = valid_utf8(foreign);
  const auto length = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
  if (length <= limit) {
    return text;
  }
  // Names are told apart by their ends as often as by their begins.
  const std::size_t tail = limit / 3;
  const std::size_t head = limit - tail - 1;
  std::string out;
  std::size_t index = 0;
  for (std::string_view rest = text; !rest.empty(); ++index) {
    const std::string_view character = first_character(rest);
    rest.remove_prefix(character.size());
    if (index == head) {
      out += kEllipsis;
    }
    if (index < head || index >= length - tail) {
      out += character;
    }
  }
  return out;
}

}  // namespace everai::web
