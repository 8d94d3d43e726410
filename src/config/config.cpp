#include "config/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "util/text.hpp"

namespace everai::config {
namespace {

constexpr std::size_t kMaxNameBytes = 253;
constexpr std::size_t kShownBytes = 80;

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

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && port >= 0 && port <= 65535 ? std::optional(port) : std::nullopt;
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
