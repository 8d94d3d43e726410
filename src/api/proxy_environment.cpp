#include "api/proxy_environment.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "api/url.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

/// The bytes of an address, 4 or 16 of them.
using Address = std::string;

Address bytes_of(const void* address, std::size_t size) {
  return {static_cast<const char*>(address), size};
}

std::optional<Address> parse_address(const std::string& text) {
  in_addr ipv4{};
  in6_addr ipv6{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) {
    return bytes_of(&ipv4, sizeof ipv4);
  }
  if (inet_pton(AF_INET6, text.c_str(), &ipv6) == 1) {
    return bytes_of(&ipv6, sizeof ipv6);
  }
  return std::nullopt;
}

/// As parse_address; it also knows the other ways to write IPv4 in a URL, such as 127.1.
std::optional<Address> address_of_host(const std::string& host) {
  in_addr ipv4{};
  if (inet_aton(host.c_str(), &ipv4) != 0) {
    return bytes_of(&ipv4, sizeof ipv4);
  }
  return parse_address(host);
}

bool begin_alike(const Address& one, const Address& other, std::size_t bits) {
  const std::size_t bytes = bits / 8;
  const auto rest = static_cast<unsigned>(bits % 8);
  if (one.compare(0, bytes, other, 0, bytes) != 0) {
    return false;
  }
  const auto differing = static_cast<std::uint8_t>(rest == 0 ? 0 : one[bytes] ^ other[bytes]);
  return differing >> (8U - rest) == 0;
}

/// Whether an address is `pattern`, or of the network `ADDRESS/BITS`.
bool matches_address(const Address& address, std::string_view pattern) {
  const std::size_t slash = pattern.find('/');
  const std::optional<Address> network = parse_address(std::string(pattern.substr(0, slash)));
  if (!network || network->size() != address.size()) {
    return false;
  }
  const std::size_t all_bits = address.size() * 8;
  std::size_t bits = all_bits;
  if (slash != std::string_view::npos) {
    const std::string_view text = pattern.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc{} || end != text.data() + text.size() || bits > all_bits) {
      return false;
    }
    // To curl, 0 means the address itself too.
    bits = bits == 0 ? all_bits : bits;
  }
  return begin_alike(address, *network, bits);
}

std::string_view without_final_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

/// Whether a name is `pattern`, or below it.
bool matches_name(std::string_view name, std::string_view pattern) {
  name = without_final_dot(name);
  pattern = without_final_dot(pattern);
  if (pattern.starts_with('.')) {
    pattern.remove_prefix(1);
  }
  if (pattern.empty() || pattern.size() > name.size() ||
      !equal_ignoring_case(name.substr(name.size() - pattern.size()), pattern)) {
    return false;
  }
  return name.size() == pattern.size() || name[name.size() - pattern.size() - 1] == '.';
}

const ProxyVariable& variable_for(const ProxyEnvironment& environment, std::string_view endpoint) {
  const ProxyVariable& own =
      endpoint.starts_with("https://") ? environment.https : environment.http;
  return own.text.empty() ? environment.all : own;
}

}  // namespace

bool is_without_proxy(std::string_view no_proxy, std::string_view host) {
  constexpr std::string_view kSeparators = ", \t";
  if (no_proxy == "*") {
    return true;
  }
  const std::optional<Address> address = address_of_host(std::string(host));
  while (!no_proxy.empty()) {
    const std::string_view pattern = no_proxy.substr(0, no_proxy.find_first_of(kSeparators));
    if (address ? matches_address(*address, pattern) : matches_name(host, pattern)) {
      return true;
    }
    no_proxy.remove_prefix(std::min(pattern.size() + 1, no_proxy.size()));
  }
  return false;
}

Result<Proxy> proxy_of_environment(const ProxyEnvironment& environment, std::string_view endpoint) {
  const ProxyVariable& variable = variable_for(environment, endpoint);
  const std::string& text = variable.text.reveal();
  if (text.empty() || is_without_proxy(environment.no_proxy, host_of(endpoint))) {
    return Proxy{};
  }
  const bool has_scheme = text.find("://") != std::string::npos;
  return parse_proxy_url(has_scheme ? text : "http://" + text).map_error([&variable](Error error) {
    error.message = fmt::format("{}: {}", variable.name, error.message);
    return error;
  });
}

}  // namespace everai::api
