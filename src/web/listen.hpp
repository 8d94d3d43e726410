#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "util/result.hpp"
#include "web/handlers.hpp"
#include "web/server.hpp"

namespace everai::web {

/// The addresses of this machine that a host stands for, as numbers; it may ask the resolver.
/// @param host  an address, or a name; not empty.
/// @return at least one. If none is of this machine: all of them, of which the first will say why
///         it cannot be had. kSystem if the name is unknown.
[[nodiscard]] Result<std::vector<std::string>> resolve(const std::string& host);

/// Begins to serve at an address; at a name, at each address of this machine that it stands for.
/// @param handlers  must outlive the servers. @return kSystem if one of them cannot be bound.
[[nodiscard]] Result<std::vector<std::unique_ptr<Server>>> serve_at(
    const config::ListenAddress& address, const Handlers& handlers);

}  // namespace everai::web
