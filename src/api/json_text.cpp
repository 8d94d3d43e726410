#include "api/json_text.hpp"

#include <charconv>
#include <vector>

namespace everai::api {
namespace {

constexpr std::string_view kOfNumbers = "0123456789+-.eE";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ';
}

/// How many digits a text has from a place on.
std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) {
    ++end;
  }
  return end - from;
}

/// The unit of UTF-16 that the four digits at the front of a text stand for.
std::optional<unsigned> utf16_unit(std::string_view digits) {
  constexpr int kHexadecimal = 16;
  if (digits.size() < 4) {
    return std::nullopt;
  }
  unsigned unit = 0;
  const char* const end = digits.data() + 4;
  const auto [stop, error] = std::from_chars(digits.data(), end, unit, kHexadecimal);
  return error == std::errc{} && stop == end ? std::optional(unit) : std::nullopt;
}

constexpr bool is_high_surrogate(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
constexpr bool is_low_surrogate(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

/// The containers that a place is in. The innermost 64 need no memory to be allocated.
class OpenContainers {
 public:
  void push(bool is_object) {
    if (depth_ % kBits == 0 && depth_ > 0) {
      outer_.push_back(bits_);
    }
    bits_ = bits_ << 1U | (is_object ? 1U : 0U);
    ++depth_;
  }
  void pop() {
    bits_ >>= 1U;
    --depth_;
    if (depth_ % kBits == 0 && depth_ > 0) {
      bits_ = outer_.back();
      outer_.pop_back();
    }
  }
  [[nodiscard]] bool empty() const { return depth_ == 0; }
  /// Whether the innermost one is an object, and no array.
  [[nodiscard]] bool in_object() const { return (bits_ & 1U) != 0; }

 private:
  static constexpr std::size_t kBits = 64;
  std::uint64_t bits_ = 0;  ///< a bit each, of those that `outer_` has not
  std::vector<std::uint64_t> outer_;
  std::size_t depth_ = 0;
};

/// Walks one value. False: it is malformed or cut off.
class Walk {
 public:
  explicit Walk(std::string_view text) : rest_(text) {}

  bool value();
  [[nodiscard]] std::size_t rest_bytes() const { return rest_.size(); }

 private:
  // What a walk does next.
  enum class Step : std::uint8_t { kValue, kEndOfValue, kRefuse };

  Step begin_value();
  Step end_value();
  bool name();
  bool string();
  bool number();
  bool word(std::string_view wanted);

  void pass_space() {
    while (!rest_.empty() && is_space(rest_.front())) {
      rest_.remove_prefix(1);
    }
  }
  [[nodiscard]] char front() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char wanted) {
    const bool is_wanted = front() == wanted && !rest_.empty();
    rest_.remove_prefix(is_wanted ? 1 : 0);
    return is_wanted;
  }
  [[nodiscard]] char closing() const { return open_.in_object() ? '}' : ']'; }

  std::string_view rest_;
  OpenContainers open_;
};

bool Walk::value() {
  Step step = Step::kValue;
  do {
    step = step == Step::kValue ? begin_value() : end_value();
  } while (step != Step::kRefuse && !(step == Step::kEndOfValue && open_.empty()));
  return step != Step::kRefuse;
}

Walk::Step Walk::begin_value() {
  pass_space();
  const char first = front();
  bool good = false;
  if (first == '{' || first == '[') {
    rest_.remove_prefix(1);
    open_.push(first == '{');
    pass_space();
    if (front() == closing()) {
      return end_value();
    }
    return first == '[' || name() ? Step::kValue : Step::kRefuse;
  }
  switch (first) {
    case '"':
      good = string();
      break;
    case 'n':
      good = word("null");
      break;
    case 't':
      good = word("true");
      break;
    case 'f':
      good = word("false");
      break;
    default:
      good = number();
      break;
  }
  return good ? Step::kEndOfValue : Step::kRefuse;
}

/// Goes on after a value that is not the outermost one.
Walk::Step Walk::end_value() {
  pass_space();
  if (take(closing())) {
    open_.pop();
    return Step::kEndOfValue;
  }
  return take(',') && (!open_.in_object() || name()) ? Step::kValue : Step::kRefuse;
}

bool Walk::name() {
  pass_space();
  if (!string()) {
    return false;
  }
  pass_space();
  return take(':');
}

bool Walk::string() {
  if (!take('"')) {
    return false;
  }
  std::size_t end = 0;
  bool escapes = false;
  while (end < rest_.size() && rest_[end] != '"' && !is_control(rest_[end])) {
    escapes = escapes || rest_[end] == '\\';
    end += rest_[end] == '\\' ? 2U : 1U;
  }
  if (end >= rest_.size() || rest_[end] != '"' ||
      (escapes && escapes_in(rest_.substr(0, end)) == Escapes::kMalformed)) {
    return false;
  }
  rest_.remove_prefix(end + 1);
  return true;
}

bool Walk::number() {
  const std::string_view text = rest_.substr(0, rest_.find_first_not_of(kOfNumbers));
  bool is_integer = false;
  rest_.remove_prefix(text.size());
  return is_json_number(text, is_integer);
}

bool Walk::word(std::string_view wanted) {
  const bool good = rest_.starts_with(wanted);
  rest_.remove_prefix(good ? wanted.size() : 0);
  return good;
}

}  // namespace

bool is_json_number(std::string_view text, bool& is_integer) {
  std::size_t at = text.starts_with('-') ? 1U : 0U;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) {
    return false;
  }
  at += whole;
  is_integer = at == text.size();
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) {
      return false;
    }
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && (text[at] == '+' || text[at] == '-') ? 1U : 0U;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) {
      return false;
    }
    at += exponent;
  }
  return at == text.size();
}

Escapes escapes_in(std::string_view text) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  Escapes found = Escapes::kGood;
  bool after_high = false;  // half a pair, whose other half has to follow
  while (!text.empty()) {
    const bool is_escape = text.front() == '\\';
    const char letter = is_escape && text.size() > 1 ? text[1] : '\0';
    unsigned unit = 0;
    if (letter == 'u') {
      const std::optional<unsigned> coded = utf16_unit(text.substr(2));
      if (!coded) {
        return Escapes::kMalformed;
      }
      unit = *coded;
    } else if (is_escape && (letter == '\0' || kLetters.find(letter) == std::string_view::npos)) {
      return Escapes::kMalformed;
    }
    if (after_high != is_low_surrogate(unit)) {
      found = Escapes::kLoneSurrogate;
    }
    after_high = is_high_surrogate(unit);
    constexpr std::size_t kCodedBytes = 6;
    text.remove_prefix(letter == 'u' ? kCodedBytes : is_escape ? 2 : 1);
  }
  return after_high ? Escapes::kLoneSurrogate : found;
}

std::optional<std::size_t> json_value_bytes(std::string_view text) {
  Walk walk(text);
  return walk.value() ? std::optional(text.size() - walk.rest_bytes()) : std::nullopt;
}

}  // namespace everai::api
