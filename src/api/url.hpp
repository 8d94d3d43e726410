#pragma once

#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

/// The addresses that the client is given. All pure and thread-safe.
namespace everai::api {

/// Reads the address of an API: `http://` or `https://`, a host in ASCII, maybe a port and a path;
/// no credentials, query or fragment. Final slashes are dropped.
/// @return kUsage otherwise; the message never shows a text that may hold a secret.
[[nodiscard]] Result<std::string> parse_endpoint(std::string_view text);

/// Reads the address of a proxy: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or
/// `socks5h://`, maybe `USER:PASSWORD@`, a host, maybe a port; nothing after it but a slash.
/// @return kUsage otherwise; the message never shows the text, which may hold a password.
[[nodiscard]] Result<Secret> parse_proxy_url(std::string_view text);

}  // namespace everai::api
