#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "util/text.hpp"

namespace everai::config {
namespace {

constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kShownBytes = 80;
constexpr std::uint64_t kMaxCount = 1ULL << 53U;
constexpr double kMaxPrice = 1e9;

tl::unexpected<Error> refuse(std::string_view text, std::string_view expected) {
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is no {}", printable(text, kShownBytes), expected));
}

bool has_control_or_space(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F;
  });
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && printable(name, kMaxNameBytes) == name &&
         valid_utf8(name) == name;
}

/// The whole text as a number.
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

std::optional<int> parse_port(std::string_view text) {
  const std::optional<int> port = parse_number<int>(text);
  return port && *port >= 0 && *port <= 65535 ? port : std::nullopt;
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

Result<std::string> parse_endpoint(std::string_view text) {
  constexpr std::string_view kExpected = "endpoint such as https://everai.expvent.com";
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) {
      rest.remove_prefix(scheme.size());
      const std::string_view authority = rest.substr(0, rest.find('/'));
      if (authority.find('@') != std::string_view::npos) {
        // The text holds a secret: it must not be shown.
        return fail(ErrorCode::kUsage, "the endpoint must not hold credentials");
      }
      if (authority.empty() || authority.front() == ':' || has_control_or_space(text) ||
          text.find_first_of("?#") != std::string_view::npos) {
        return refuse(text, kExpected);
      }
      const std::size_t last = text.find_last_not_of('/');
      return std::string(text.substr(0, last + 1));
    }
  }
  return refuse(text, kExpected);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  constexpr std::string_view kExpected = "listen address such as :10880 or 127.0.0.1:10880";
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || has_control_or_space(text)) {
    return refuse(text, kExpected);
  }
  std::string_view host = text.substr(0, colon);
  const std::optional<int> port = parse_port(text.substr(colon + 1));
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  const bool bare_ipv6 = !bracketed && host.find(':') != std::string_view::npos;
  if (!port || bare_ipv6 || (bracketed && host.empty())) {
    return refuse(text, kExpected);
  }
  return ListenAddress{std::string(host), *port};
}

Result<double> parse_ratio(std::string_view text) {
  const std::optional<double> ratio = parse_number<double>(text);
  if (!ratio || !(*ratio > 0 && *ratio < 1)) {
    return refuse(text, "share between 0 and 1, such as 0.99");
  }
  return *ratio;
}

Result<std::uint64_t> parse_count(std::string_view text) {
  const std::optional<std::uint64_t> count = parse_number<std::uint64_t>(text);
  if (!count || *count > kMaxCount) {
    return refuse(text, "whole number such as 10");
  }
  return *count;
}

Result<GpuPrice> parse_gpu_price(std::string_view text) {
  const std::size_t equals = text.rfind('=');
  const std::string_view model = text.substr(0, equals);
  const std::string_view rest = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  const std::size_t space = rest.find(' ');
  const std::string_view currency =
      space == std::string_view::npos ? "USD" : rest.substr(space + 1);
  const std::optional<double> price = parse_number<double>(rest.substr(0, space));
  if (!good_name(model) || !good_name(currency) || !price || !(*price >= 0 && *price < kMaxPrice)) {
    return refuse(text, "price such as 'NVIDIA A100=1.99 USD'");
  }
  return GpuPrice{
      .model = std::string(model), .per_hour = *price, .currency = std::string(currency)};
}

Result<void> validate(const Config& config) {
  if (config.apps.empty()) {
    return fail(ErrorCode::kUsage, "no app is given: use --app NAMESPACE/NAME");
  }
  std::vector<api::AppRef> sorted = config.apps;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return fail(ErrorCode::kUsage, fmt::format("app {} is given twice", api::to_string(*twice)));
  }
  std::vector<std::string_view> models;
  for (const GpuPrice& price : config.gpu_prices) {
    if (std::find(models.begin(), models.end(), price.model) != models.end()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("the price of GPU model {} is given twice", price.model));
    }
    models.push_back(price.model);
  }
  if (config.scrape_interval < std::chrono::seconds{1}) {
    return fail(ErrorCode::kUsage, "the scrape interval must be at least 1s");
  }
  if (config.scrape_timeout <= std::chrono::milliseconds{0}) {
    return fail(ErrorCode::kUsage, "the scrape timeout must be above 0");
  }
  if (config.scrape_timeout > config.scrape_interval) {
    return fail(ErrorCode::kUsage,
                "the scrape timeout must not be longer than the scrape interval");
  }
  return {};
}

}  // namespace everai::config
