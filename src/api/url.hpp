#pragma once

#include <string>
#include <string_view>

#include "api/proxy.hpp"
#include "util/result.hpp"

/// The addresses that the client is given. All pure and thread-safe.
namespace everai::api {

/// Reads the address of an API: `http://` or `https://`, a host in ASCII, maybe a port and a path;
/// no credentials, query or fragment. Schemes are read in any case and returned in lower case; an
/// IPv6 address may have a zone, `[fe80::1%25eth0]`. Final slashes are dropped.
/// @return kUsage otherwise; the message never shows a text that may hold a secret.
[[nodiscard]] Result<std::string> parse_endpoint(std::string_view text);

/// The host of an endpoint that parse_endpoint has returned; IPv6 without brackets and zone.
[[nodiscard]] std::string_view host_of(std::string_view endpoint);

/// Reads the address of a proxy: `http://`, `https://`, `socks4://` (or `socks://`), `socks4a://`,
/// `socks5://` or `socks5h://`, maybe `USER:PASSWORD@`, a host, maybe a port; nothing after it but
/// a slash. User and password are percent-encoded where they must be, without control characters.
/// @return kUsage otherwise; the message never shows the text, which may hold a password.
[[nodiscard]] Result<Proxy> parse_proxy_url(std::string_view text);

}  // namespace everai::api
