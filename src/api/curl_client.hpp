#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/client.hpp"
#include "util/secret.hpp"

namespace everai::api {

struct CurlClientOptions {
  std::string
      endpoint;  ///< `http://` or `https://` with host, port and a path prefix, no final slash
  std::string user_agent;
  /// The token of the next request; empty: none is sent. Called for each request.
  std::function<Result<Secret>()> token;
  unsigned max_connections = 64;
  std::string ca_file = {};  ///< PEM of the accepted authorities; empty: the system's
};

/// A client on libcurl's multi interface: HTTP/1.1 or 2, keep-alive, compressed answers;
/// certificates are verified, redirects are not followed, a proxy never sees the token.
/// @return kSystem if libcurl cannot be set up.
[[nodiscard]] Result<std::unique_ptr<Client>> make_curl_client(CurlClientOptions options,
                                                               const Clock& clock);

}  // namespace everai::api
