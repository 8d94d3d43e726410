#include "web/status_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

namespace everai::web {
namespace {

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

struct Unit {
  std::int64_t seconds;
  std::string_view name;
  std::int64_t alone_from;  ///< how many of it make the next smaller unit noise
};
constexpr std::array<Unit, 4> kUnits{
    {{86400, "d", 100}, {3600, "h", 24}, {60, "m", 10}, {1, "s", 0}}};

}  // namespace

std::string duration_text(std::chrono::microseconds duration) {
  const std::int64_t total = std::chrono::floor<std::chrono::seconds>(duration).count();
  std::size_t i = 0;
  while (i + 1 < kUnits.size() && total < kUnits.at(i).seconds) {
    ++i;
  }
  const Unit& unit = kUnits.at(i);
  const std::int64_t count = total / unit.seconds;
  std::string text = fmt::format("{}{}", count, unit.name);
  if (count < unit.alone_from) {
    const Unit& smaller = kUnits.at(i + 1);
    const std::int64_t rest = total % unit.seconds / smaller.seconds;
    if (rest > 0) {
      text += fmt::format("{}{}{}", kNoBreakSpace, rest, smaller.name);
    }
  }
  return text;
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

std::string short_count_text(std::uint64_t count) {
  if (count < 100'000) {
    return count_text(count);
  }
  std::uint64_t thousandths = count;  // of the unit
  std::size_t unit = 0;
  constexpr std::string_view kPrefixes = "kMGTPE";
  for (; thousandths >= 1'000'000; thousandths /= 1000) {
    ++unit;
  }
  // As many decimals as three digits leave.
  const std::uint64_t step = thousandths < 10'000 ? 10 : thousandths < 100'000 ? 100 : 1000;
  const std::uint64_t cut = thousandths - thousandths % step;
  return fmt::format("{}{}", static_cast<double>(cut) / 1000, kPrefixes.at(unit));
}

std::string percent_text(double ratio) {
  const double percent = ratio * 100;
  if (percent <= 0) {
    return "0%";
  }
  if (percent < 0.01) {
    return "<0.01%";
  }
  if (percent >= 100) {
    return "100%";
  }
  // Cut to what is shown, so that 99.99 does not become 100.0.
  const double scale = percent < 10 ? 100 : 10;
  const double cut = std::floor(percent * scale + 1e-6) / scale;
  return fmt::format("{}%", cut);
}

std::string plural_text(std::uint64_t count, std::string_view singular) {
  return fmt::format("{} {}{}", short_count_text(count), singular, count == 1 ? "" : "s");
}

}  // namespace everai::web
