#include "config/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "config/shard.hpp"
#include "util/redact.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::config {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kShownBytes = 80;
constexpr std::uint64_t kMaxCount = 1ULL << 53U;
constexpr double kPriceLimit = 1e9;
constexpr std::size_t kMaxPathBytes = 4096;
constexpr milliseconds kLongestInterval = std::chrono::hours(24);
constexpr milliseconds kLongestStaleness = std::chrono::hours(24 * 30);
constexpr unsigned kMostDays = 30;
/// Lower rates make no sense, as a poll is due once a day at least, and with much lower ones the
/// time between two requests overflows.
constexpr double kLowestRate = 0.001;
constexpr double kHighestRate = 10000;

tl::unexpected<Error> refuse(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no {}", presentable(text, kShownBytes), expected));
}

/// As refuse, for what is neither a name nor a flag's alone.
tl::unexpected<Error> refuse_value(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kUsage, fmt::format("{} is no {}", show_value(text), expected));
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && printable(name, kMaxNameBytes) == name &&
         valid_utf8(name) == name && !has_odd_space(name);
}

/// The whole text as a number.
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

Result<milliseconds> parse_duration_within(std::string_view text, milliseconds least,
                                           milliseconds most, std::string_view expected) {
  Result<milliseconds> duration = parse_duration(text);
  if (duration && (*duration < least || *duration > most)) {
    return refuse_value(text, expected);
  }
  return duration;
}

}  // namespace

Result<api::AppRef> parse_app(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !good_name(text.substr(0, slash)) ||
      !good_name(text.substr(slash + 1)) || text.find('/', slash + 1) != std::string_view::npos) {
    return refuse(text, "app such as default/sd");
  }
  return api::AppRef{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Result<std::string> parse_name(std::string_view text) {
  if (has_odd_space(text)) {
    return refuse(text, "name: it starts or ends with a space, or has an unusual one in it");
  }
  if (!good_name(text)) {
    return refuse(text,
                  fmt::format("name of 1 to {} bytes without control characters", kMaxNameBytes));
  }
  return std::string(text);
}

Result<std::string> parse_app_name(std::string_view text) {
  if (text.find('/') != std::string_view::npos) {
    return refuse(text, "name without a slash, such as sd");
  }
  return parse_name(text);
}

Result<std::string> parse_path(std::string_view text) {
  if (text.empty() || text.size() > kMaxPathBytes ||
      printable(text, std::string::npos) != valid_utf8(text) ||
      // A proxy in the wrong place: as a path it would be shown in messages.
      (text.find("://") != std::string_view::npos && without_credentials(text) != text)) {
    return refuse(text, "file");
  }
  return std::string(text);
}

Result<milliseconds> parse_interval(std::string_view text) {
  return parse_duration_within(text, std::chrono::seconds{1}, kLongestInterval,
                               "interval from 1s to 1d");
}

Result<milliseconds> parse_timeout(std::string_view text) {
  return parse_duration_within(text, milliseconds{1}, kLongestInterval,
                               "timeout above 0, up to 1d");
}

Result<milliseconds> parse_staleness(std::string_view text) {
  return parse_duration_within(text, std::chrono::seconds{1}, kLongestStaleness,
                               "staleness from 1s to 30d");
}

Result<unsigned> parse_days(std::string_view text) {
  const std::optional<unsigned> days = parse_number<unsigned>(text);
  if (!days || *days < 1 || *days > kMostDays) {
    return refuse_value(text, fmt::format("number of days from 1 to {}", kMostDays));
  }
  return *days;
}

Result<double> parse_rate(std::string_view text) {
  const std::optional<double> rate = parse_number<double>(text);
  if (!rate || !(*rate >= kLowestRate && *rate <= kHighestRate)) {
    return refuse_value(text, fmt::format("number from {} to {}", kLowestRate, kHighestRate));
  }
  return *rate;
}

Result<double> parse_ratio(std::string_view text) {
  const std::optional<double> ratio = parse_number<double>(text);
  if (!ratio || !(*ratio > 0 && *ratio < 1)) {
    return refuse_value(text, "share between 0 and 1, such as 0.99");
  }
  return *ratio;
}

Result<std::uint64_t> parse_count(std::string_view text) {
  const std::optional<std::uint64_t> count = parse_number<std::uint64_t>(text);
  if (!count || *count > kMaxCount) {
    return refuse_value(text, "whole number such as 10");
  }
  return *count;
}

Result<double> parse_price(std::string_view text) {
  const std::optional<double> price = parse_number<double>(text);
  // A metric would show -0 as it is.
  if (!price || std::signbit(*price) || !(*price < kPriceLimit)) {
    return refuse_value(text, "price such as 1.99");
  }
  return *price;
}

Result<std::string> parse_currency(std::string_view text) {
  if (!good_name(text) || text.find(' ') != std::string_view::npos) {
    return refuse(text, "currency such as USD");
  }
  return std::string(text);
}

Result<GpuPrice> parse_gpu_price(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::string_view model = text.substr(0, equals);
  const std::string_view rest = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  const std::size_t space = rest.find(' ');
  const std::string_view currency =
      space == std::string_view::npos ? "USD" : rest.substr(space + 1);
  const Result<double> price = parse_price(rest.substr(0, space));
  if (!good_name(model) || !parse_currency(currency) || !price) {
    return refuse(text, "price such as 'NVIDIA A100=1.99 USD'");
  }
  return GpuPrice{
      .model = std::string(model), .per_hour = *price, .currency = std::string(currency)};
}

Result<void> add_price(std::vector<GpuPrice>& prices, GpuPrice price) {
  const auto same = [&price](const GpuPrice& other) { return other.model == price.model; };
  if (std::any_of(prices.begin(), prices.end(), same)) {
    return fail(ErrorCode::kUsage, fmt::format("the price of GPU model {} is given twice",
                                               presentable(price.model, kShownBytes)));
  }
  prices.push_back(std::move(price));
  return {};
}

Result<unsigned> parse_shard_number(std::string_view text) {
  const std::optional<unsigned> number = parse_number<unsigned>(text);
  if (!number || *number >= kMostShards) {
    return refuse_value(text, fmt::format("number of a shard from 0 to {}", kMostShards - 1));
  }
  return *number;
}

Result<unsigned> parse_total_shards(std::string_view text) {
  const std::optional<unsigned> total = parse_number<unsigned>(text);
  if (!total || *total < 1 || *total > kMostShards) {
    return refuse_value(text, fmt::format("number of shards from 1 to {}", kMostShards));
  }
  return *total;
}

}  // namespace everai::config
