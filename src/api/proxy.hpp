#pragma once

#include <string>

#include "util/secret.hpp"

namespace everai::api {

/// A proxy to the platform. What is secret of it stands apart: no URL with a password in it is
/// given to a library, which could show it.
struct Proxy {
  std::string url = {};     ///< scheme in lower case, host, maybe a port; empty: no proxy
  Secret credentials = {};  ///< percent-encoded `USER` or `USER:PASSWORD`; empty: none

  auto operator<=>(const Proxy&) const = default;  // NOLINT(modernize-use-nullptr): its own 0
};

}  // namespace everai::api
