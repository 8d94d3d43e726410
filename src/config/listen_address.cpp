#include "config/listen_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "util/text.hpp"

namespace everai::config {
namespace {

constexpr std::size_t kShownBytes = 80;
constexpr std::size_t kMaxHostBytes = 253;
constexpr std::size_t kMaxZoneBytes = 15;  ///< of the name of a network interface

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kDigitsAndMore = "0123456789._-";
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

bool consists_of(std::string_view text, std::string_view characters, std::string_view more = "") {
  return !text.empty() && std::all_of(text.begin(), text.end(), [characters, more](char c) {
    return characters.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

tl::unexpected<Error> invalid(std::string_view why) {
  return fail(ErrorCode::kUsage, std::string(why));
}

/// Digits alone: no sign, and no name of a service.
std::optional<int> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional<int>(port)
                                                                  : std::nullopt;
}

Result<std::string> render_ipv4(const in_addr& address) {
  const in_addr_t bits = ntohl(address.s_addr);
  if (IN_MULTICAST(bits) || bits == INADDR_BROADCAST) {
    return invalid("nobody can connect to a multicast or broadcast address");
  }
  std::array<char, INET_ADDRSTRLEN> text{};
  return std::string(::inet_ntop(AF_INET, &address, text.data(), text.size()));
}

/// @param host  what stands in the brackets.
Result<std::string> parse_ipv6(std::string_view host) {
  const std::size_t percent = host.find('%');
  const std::string number(host.substr(0, percent));
  in6_addr address{};
  if (!consists_of(number, "0123456789:.", "abcdefABCDEF") ||
      ::inet_pton(AF_INET6, number.c_str(), &address) != 1) {
    return invalid("there is no IPv6 address in the brackets");
  }
  if (IN6_IS_ADDR_MULTICAST(&address)) {
    return invalid("nobody can connect to a multicast address");
  }
  const bool has_zone = percent != std::string_view::npos;
  const std::string_view zone = has_zone ? host.substr(percent + 1) : "";
  if (has_zone != (IN6_IS_ADDR_LINKLOCAL(&address) != 0) ||
      (has_zone && (zone.size() > kMaxZoneBytes || !consists_of(zone, kLetters, kDigitsAndMore)))) {
    return invalid("a link-local address, and no other one, has a zone, as in [fe80::1%eth0]");
  }
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr mapped{};
    std::memcpy(&mapped, &address.s6_addr[12], sizeof mapped);
    return render_ipv4(mapped);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  return std::string(::inet_ntop(AF_INET6, &address, text.data(), text.size())) +
         std::string(has_zone ? host.substr(percent) : "");
}

/// @param host  an IPv4 address, or a name.
Result<std::string> parse_host(std::string_view host) {
  if (host.size() > kMaxHostBytes || !consists_of(host, kLetters, kDigitsAndMore)) {
    return invalid("there is neither an address nor the name of a host before the port");
  }
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1) {
    return render_ipv4(address);
  }
  const std::string_view absolute = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  const std::string_view label = absolute.substr(absolute.rfind('.') + 1);
  // No name ends in a number. The resolver takes 127.1, 0x7f000001 and 017700000001 for 127.0.0.1.
  if (consists_of(label, kDigits) || label.starts_with("0x") || label.starts_with("0X")) {
    return invalid("an IPv4 address has four decimal numbers, as in 127.0.0.1");
  }
  return std::string(host);
}

bool is_every_address(std::string_view host) {
  return host.empty() || host == "::";
}

/// Whether whoever listens at `wide` listens at `narrow` too, as far as the texts tell.
bool covers(const ListenAddress& wide, const ListenAddress& narrow) {
  const bool is_ipv4 = consists_of(narrow.host, kDigits, ".");
  return wide.port == narrow.port && wide.port != 0 &&
         (wide.host == narrow.host || is_every_address(wide.host) ||
          (wide.host == "0.0.0.0" && is_ipv4));
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::optional<int> port =
      colon == std::string_view::npos ? std::nullopt : parse_port(text.substr(colon + 1));
  const std::string_view host = port ? text.substr(0, colon) : "";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (!port || (!bracketed && host.find(':') != std::string_view::npos)) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no listen address such as :10880 or 127.0.0.1:10880",
                            presentable(text, kShownBytes)));
  }
  if (host.empty() || host == "*") {
    return ListenAddress{"", *port};
  }
  Result<std::string> good =
      bracketed ? parse_ipv6(host.substr(1, host.size() - 2)) : parse_host(host);
  if (!good) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no listen address: {}", presentable(text, kShownBytes),
                            good.error().message));
  }
  return ListenAddress{std::move(*good), *port};
}

std::string to_string(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", address.host, is_ipv6 ? "]" : "",
                     address.port);
}

Result<void> add_listen_address(std::vector<ListenAddress>& addresses, ListenAddress address) {
  for (const ListenAddress& given : addresses) {
    if (covers(given, address) || covers(address, given)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{} and {} are the same address, or one is part of the other, "
                              "expected one of them",
                              to_string(given), to_string(address)));
    }
  }
  addresses.push_back(std::move(address));
  return {};
}

}  // namespace everai::config
