#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// JSON by its grammar alone, for what the parser's library does not walk. All pure and
/// thread-safe.
namespace everai::api {

enum class Form : std::uint8_t {
  kNull,
  kBool,
  kNumber,
  kString,
  kBrokenString,  ///< holds half a surrogate pair, which stands for no character
  kArray,
  kObject
};

/// A value that was found to be well formed. Its text lives until the next answer is parsed.
struct Token {
  Form form = Form::kNull;
  std::string_view text;    ///< a string's characters, or else the value as it is written
  bool is_integer = false;  ///< of a number: written without fraction and exponent
  double number = 0;        ///< of a number that is not; may be infinite
};

/// Whether a text is a number; says in `is_integer` whether it has neither fraction nor exponent.
[[nodiscard]] bool is_json_number(std::string_view text, bool& is_integer);

enum class Escapes : std::uint8_t {
  kGood,           ///< all of them, or there are none
  kLoneSurrogate,  ///< well formed, but half a surrogate pair stands alone
  kMalformed
};

/// What the escapes are of what stands between the quotation marks of a string.
[[nodiscard]] Escapes escapes_in(std::string_view text);

/// How many bytes the value has with which a text begins. It may nest as deep as it likes: a level
/// takes a bit of memory, and no stack. Its numbers may be too large for any type, its strings may
/// have half a surrogate pair.
/// @param text  valid UTF-8. @return nothing if the value is malformed or cut off.
[[nodiscard]] std::optional<std::size_t> json_value_bytes(std::string_view text);

}  // namespace everai::api
