#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "util/result.hpp"

/// Where to serve, as text. All pure and thread-safe; the errors are kUsage.
namespace everai::config {

/// Reads `:10880`, `*:10880`, `127.0.0.1:10880`, `[::1]:10880`, `[fe80::1%eth0]:10880` or
/// `localhost:10880`. An IPv6 address is given back in its usual form, `[::ffff:127.0.0.1]` as the
/// IPv4 address that it is. What the resolver reads in other ways than people do, such as `127.1`
/// and `010.0.0.1`, is refused, and so is an address at which nobody can connect.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

/// The address as parse_listen_address reads it.
[[nodiscard]] std::string to_string(const ListenAddress& address);

/// Adds an address to a list in which none is part of another one.
[[nodiscard]] Result<void> add_listen_address(std::vector<ListenAddress>& addresses,
                                              ListenAddress address);

}  // namespace everai::config
