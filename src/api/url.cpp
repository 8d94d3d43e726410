#include "api/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "util/text.hpp"

namespace everai::api {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.";
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

bool only_has(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// Takes a scheme with its `://` off the front. @return whether one of them was there.
bool take_scheme(std::string_view& text, std::initializer_list<std::string_view> schemes) {
  for (const std::string_view scheme : schemes) {
    if (text.starts_with(scheme)) {
      text.remove_prefix(scheme.size());
      return true;
    }
  }
  return false;
}

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return !text.empty() && only_has(text, kDigits) && error == std::errc{} &&
         end == text.data() + text.size() && port >= 1 && port <= 65535;
}

/// Whether the text is `HOST` or `HOST:PORT`; an IPv6 address stands in brackets.
bool is_authority(std::string_view text) {
  std::string_view host;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) {
      return false;
    }
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (host.find(':') == std::string_view::npos || !only_has(host, kIpv6Characters)) {
      return false;
    }
  } else {
    host = text.substr(0, text.find(':'));
    text.remove_prefix(host.size());
    if (!only_has(host, kHostCharacters)) {
      return false;
    }
  }
  return !host.empty() && (text.empty() || (text.front() == ':' && is_port(text.substr(1))));
}

}  // namespace

Result<std::string> parse_endpoint(std::string_view text) {
  constexpr std::string_view kExpected = "endpoint such as https://everai.expvent.com";
  std::string_view rest = text;
  const bool has_scheme = take_scheme(rest, {"https://", "http://"});
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) {
    return fail(ErrorCode::kUsage, "the endpoint must not hold credentials");
  }
  if (text.find_first_of("@?#") != std::string_view::npos) {
    return fail(ErrorCode::kUsage, fmt::format("this is no {}", kExpected));
  }
  if (!has_scheme || !is_authority(authority) || !is_visible_ascii(text) ||
      text.find('\\') != std::string_view::npos || text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kUsage, fmt::format("{} is no {}", show_value(text), kExpected));
  }
  return std::string(text.substr(0, text.find_last_not_of('/') + 1));
}

Result<Secret> parse_proxy_url(std::string_view text) {
  std::string_view rest = text;
  const bool has_scheme = take_scheme(
      rest, {"http://", "https://", "socks4://", "socks4a://", "socks5://", "socks5h://"});
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  if (!has_scheme || !is_authority(rest) || !is_visible_ascii(text) ||
      text.find_first_of("?#\\") != std::string_view::npos || text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kUsage,
                "this is no proxy such as http://proxy:3128 or http://USER:PASSWORD@proxy:3128");
  }
  return Secret(std::string(text));
}

}  // namespace everai::api
