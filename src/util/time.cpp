#include "util/time.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "util/text.hpp"

namespace everai {
namespace {

/// Takes fixed-width fields off the front of a text; after the first mismatch every take fails.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char digit = take();
      ok_ = ok_ && digit >= '0' && digit <= '9';
      value = value * 10 + (digit - '0');
    }
    return value;
  }
  char take() {
    if (rest_.empty()) {
      ok_ = false;
      return '\0';
    }
    const char next = rest_.front();
    rest_.remove_prefix(1);
    return next;
  }
  void expect(char wanted) { ok_ = take() == wanted && ok_; }
  [[nodiscard]] bool next_is_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  [[nodiscard]] bool next_is(char wanted) const {
    return !rest_.empty() && rest_.front() == wanted;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// Microseconds of an optional `.digits`; reads at most nine digits.
std::chrono::microseconds take_fraction(Fields& fields) {
  if (!fields.next_is('.')) {
    return std::chrono::microseconds{0};
  }
  fields.expect('.');
  std::int64_t micros = fields.digits(1) * 100000L;
  std::int64_t scale = 10000;
  for (int count = 1; count < 9 && fields.next_is_digit(); ++count) {
    micros += fields.digits(1) * scale;
    scale /= 10;
  }
  return std::chrono::microseconds{micros};
}

std::chrono::minutes take_offset(Fields& fields) {
  const char sign = fields.take();
  if (sign == 'Z' || sign == 'z') {
    return std::chrono::minutes{0};
  }
  const int hours = fields.digits(2);
  fields.expect(':');
  const int minutes = fields.digits(2);
  if ((sign != '+' && sign != '-') || hours > 23 || minutes > 59) {
    fields.expect('\0');
  }
  const std::chrono::minutes offset{hours * 60L + minutes};
  return sign == '-' ? -offset : offset;
}

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 24L * 3600 * kSecond;
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * kDay},
                                      {"w", 7 * kDay},
                                      {"d", kDay},
                                      {"h", 3600 * kSecond},
                                      {"m", 60 * kSecond},
                                      {"s", kSecond},
                                      {"ms", 1}}};
constexpr std::int64_t kLongest = 100L * 365 * kDay;

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Fields fields(text);
  const int year = fields.digits(4);
  fields.expect('-');
  const int month = fields.digits(2);
  fields.expect('-');
  const int day = fields.digits(2);
  const char separator = fields.take();
  const int hour = fields.digits(2);
  fields.expect(':');
  const int minute = fields.digits(2);
  fields.expect(':');
  const int second = fields.digits(2);
  const auto fraction = take_fraction(fields);
  const auto offset = take_offset(fields);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  const bool separator_ok = separator == 'T' || separator == 't' || separator == ' ';
  // A leap second (60) is legal and reads as the first second of the next minute.
  if (!fields.ok() || !fields.at_end() || !separator_ok || !date.ok() || hour > 23 || minute > 59 ||
      second > 60) {
    return std::nullopt;
  }
  const Timestamp time = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                         std::chrono::minutes{minute} + std::chrono::seconds{second} + fraction -
                         offset;
  if (time.time_since_epoch().count() <= 0 || time >= kTimeLimit) {
    return std::nullopt;
  }
  return time;
}

std::string render_rfc3339(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto millis = std::chrono::floor<std::chrono::milliseconds>(time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), millis);
}

std::string render_http_date(Timestamp time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)));
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto refuse = [text] {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is no duration such as 30s or 1m30s", show_value(text)));
  };
  if (text == "0") {
    return std::chrono::milliseconds{0};
  }
  if (text.empty()) {
    return refuse();
  }
  std::int64_t total = 0;
  const auto* unit = kUnits.begin();
  while (!text.empty()) {
    // Digits alone: as a signed number it would take -0s, too.
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{}) {
      return refuse();
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (unit != kUnits.end() && unit->name != name) {
      ++unit;
    }
    if (unit == kUnits.end() || count > static_cast<std::uint64_t>(kLongest / unit->millis)) {
      return refuse();
    }
    total += static_cast<std::int64_t>(count) * unit->millis;
    ++unit;
    text.remove_prefix(name.size());
  }
  if (total > kLongest) {
    return refuse();
  }
  return std::chrono::milliseconds{total};
}

std::string render_duration(std::chrono::milliseconds duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) {
    return "0s";
  }
  std::string text;
  for (const Unit& unit : kUnits) {
    if (const std::int64_t count = rest / unit.millis; count > 0) {
      text += fmt::format("{}{}", count, unit.name);
      rest -= count * unit.millis;
    }
  }
  return text;
}

}  // namespace everai
