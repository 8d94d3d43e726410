#include "util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "util/redact.hpp"

namespace everai {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

/// Length of the valid UTF-8 sequence at the front, by table 3-7 of the Unicode standard; 0 if
/// none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto continues = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF && continues(1)) {
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF && continues(1) && continues(2)) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4 && continues(1) && continues(2) && continues(3)) {
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool too_high = lead == 0xF4 && byte(1) > 0x8F;
    return overlong || too_high ? 0 : 4;
  }
  return 0;
}

/// Calls `visit(character)` for each character, with U+FFFD for each byte that is no part of one.
template <typename Visit>
void for_each_character(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (!visit(length == 0 ? kReplacement : text.substr(0, length))) {
      return;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

bool is_control(std::string_view character) {
  const auto lead = static_cast<std::uint8_t>(character.front());
  // U+0080 to U+009F are controls too (C1).
  return lead < 0x20 || lead == 0x7F ||
         (lead == 0xC2 && static_cast<std::uint8_t>(character[1]) < 0xA0);
}

/// Whether it separates lines or paragraphs (U+2028, U+2029), or changes the direction of text
/// (U+202A to U+202E, U+2066 to U+2069).
bool is_layout(std::string_view character) {
  if (character.size() != 3 || static_cast<std::uint8_t>(character[0]) != 0xE2) {
    return false;
  }
  const auto middle = static_cast<std::uint8_t>(character[1]);
  const auto last = static_cast<std::uint8_t>(character[2]);
  return (middle == 0x80 && last >= 0xA8 && last <= 0xAE) ||
         (middle == 0x81 && last >= 0xA6 && last <= 0xA9);
}

/// Whether it is a space other than U+0020, with a width or without: of U+00A0, U+1680, U+2000 to
/// U+200B, U+202F, U+205F, U+2060, U+3000, U+FEFF.
bool is_unusual_space(std::string_view character) {
  constexpr std::array<std::string_view, 7> kSpaces{"\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xAF",
                                                    "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE3\x80\x80",
                                                    "\xEF\xBB\xBF"};
  return std::find(kSpaces.begin(), kSpaces.end(), character) != kSpaces.end() ||
         (character >= "\xE2\x80\x80" && character <= "\xE2\x80\x8B");
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit_bytes) {
  std::string out;
  for_each_character(text, [&](std::string_view character) {
    std::string escaped;
    if (is_control(character) || is_layout(character)) {
      for (const char byte : character) {
        escaped += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(byte));
      }
      character = escaped;
    }
    if (out.size() + character.size() > limit_bytes) {
      out += kEllipsis;
      return false;
    }
    out += character;
    return true;
  });
  return out;
}

std::string presentable(std::string_view text, std::size_t limit_bytes) {
  return printable(without_credentials(text), limit_bytes);
}

std::string show_value(std::string_view text) {
  constexpr std::size_t kLongest = 16;
  const bool shown = text.size() <= kLongest && without_credentials(text) == text;
  return shown ? fmt::format("'{}'", printable(text)) : "this";
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + '"';
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_character(text, [&](std::string_view character) {
    out += character;
    return true;
  });
  return out;
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  text.remove_prefix(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  return text;
}

bool has_odd_space(std::string_view text) {
  bool unusual = false;
  for_each_character(text, [&unusual](std::string_view character) {
    unusual = is_unusual_space(character);
    return !unusual;
  });
  return unusual || text.starts_with(' ') || text.ends_with(' ');
}

std::string join_some(const std::vector<std::string>& names, std::size_t limit_bytes) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0 && text.size() + 2 + names[i].size() > limit_bytes) {
      return fmt::format("{} and {} more", text, names.size() - i);
    }
    text += (i > 0 ? ", " : "") + names[i];
  }
  return text;
}

bool equal_ignoring_case(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [lower](char a, char b) { return lower(a) == lower(b); });
}

std::string percent_encode(std::string_view segment) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  const bool is_step = segment == "." || segment == "..";
  std::string out;
  for (const char byte : segment) {
    if (!is_step && kUnreserved.find(byte) != std::string_view::npos) {
      out += byte;
    } else {
      out += fmt::format("%{:02X}", static_cast<std::uint8_t>(byte));
    }
  }
  return out;
}

}  // namespace everai
