#include "api/url.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "util/text.hpp"

namespace everai::api {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHostCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";

bool only_has(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_hex_digit(char c) {
  return std::string_view("0123456789abcdefABCDEF").find(c) != std::string_view::npos;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

/// Takes a scheme with its `://` off the front, in any case.
/// @return it as the list has it; nothing if none of them was there.
std::string_view take_scheme(std::string_view& text,
                             std::initializer_list<std::string_view> schemes) {
  for (const std::string_view scheme : schemes) {
    if (equal_ignoring_case(text.substr(0, scheme.size()), scheme)) {
      text.remove_prefix(scheme.size());
      return scheme;
    }
  }
  return {};
}

/// Whether the text is an IPv6 address, maybe with a zone such as `%25eth0` or `%eth0`.
bool is_ipv6(std::string_view text) {
  constexpr std::size_t kMaxZoneBytes = 15;  // as interfaces have; libcurl refuses more
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    std::string_view zone = text.substr(percent + 1);
    if (zone.starts_with("25") && zone.size() > 2) {
      zone.remove_prefix(2);
    }
    if (zone.empty() || zone.size() > kMaxZoneBytes || !only_has(zone, kHostCharacters)) {
      return false;
    }
  }
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(text.substr(0, percent)).c_str(), &address) == 1;
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
    if (!is_ipv6(host)) {
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

/// Whether a control character is percent-encoded in the text. libcurl refuses to decode one, and
/// then goes on without the proxy.
bool has_encoded_control(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    const std::string_view code = text.substr(at + 1, 2);
    if (code.size() == 2 && (equal_ignoring_case(code, "7f") ||
                             ((code[0] == '0' || code[0] == '1') && is_hex_digit(code[1])))) {
      return true;
    }
  }
  return false;
}

}  // namespace

Result<std::string> parse_endpoint(std::string_view text) {
  constexpr std::string_view kExpected = "endpoint such as https://everai.expvent.com";
  std::string_view rest = text;
  const std::string_view scheme = take_scheme(rest, {"https://", "http://"});
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) {
    return fail(ErrorCode::kUsage, "the endpoint must not hold credentials");
  }
  if (text.find_first_of("@?#") != std::string_view::npos) {
    return fail(ErrorCode::kUsage, fmt::format("this is no {}", kExpected));
  }
  if (scheme.empty() || !is_authority(authority) || !is_visible_ascii(text) ||
      text.find('\\') != std::string_view::npos || text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kUsage, fmt::format("{} is no {}", show_value(text), kExpected));
  }
  return fmt::format("{}{}", scheme, rest.substr(0, rest.find_last_not_of('/') + 1));
}

std::string_view host_of(std::string_view endpoint) {
  endpoint.remove_prefix(endpoint.find("://") + 3);
  if (endpoint.starts_with('[')) {
    return endpoint.substr(1, endpoint.find_first_of("%]") - 1);
  }
  return endpoint.substr(0, endpoint.find_first_of(":/"));
}

Result<Proxy> parse_proxy_url(std::string_view text) {
  std::string_view rest = text;
  std::string_view scheme = take_scheme(rest, {"http://", "https://", "socks4://", "socks4a://",
                                               "socks5://", "socks5h://", "socks://"});
  if (scheme == "socks://") {
    scheme = "socks4://";
  }
  if (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  std::string_view credentials;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    credentials = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  if (scheme.empty() || !is_authority(rest) || !is_visible_ascii(text) ||
      credentials.find('/') != std::string_view::npos ||
      text.find_first_of("?#\\") != std::string_view::npos || text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kUsage,
                "this is no proxy such as http://proxy:3128 or http://USER:PASSWORD@proxy:3128");
  }
  if (has_encoded_control(credentials)) {
    return fail(ErrorCode::kUsage,
                "there is a control character such as %0A, the end of a line, in the proxy's user "
                "or password");
  }
  return Proxy{fmt::format("{}{}", scheme, rest), Secret(std::string(credentials))};
}

}  // namespace everai::api
