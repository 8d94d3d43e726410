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
  Secret proxy_url = {};     ///< may hold a password; empty: the environment's `https_proxy` etc.
};

/// A client on libcurl's multi interface: HTTP/1.1 or 2, keep-alive, compressed answers;
/// certificates are verified, redirects are not followed, and a proxy that tunnels (as for
/// `https://`) never sees the token. Answers' messages begin with `GET workers: `.
/// Failures of the request, the connection and the answer's form are mapped to ErrorCode; an answer
/// with another status than 200 is judged by its status, however its body ends.
/// `retry_after` is set if the answer has a `Retry-After`, from 1 second to a day.
/// The process has to ignore SIGPIPE. `clock` has to outlive the client.
/// @return kUsage if the endpoint is no such URL, or holds credentials; kSystem if libcurl cannot
///         be set up.
[[nodiscard]] Result<std::unique_ptr<Client>> make_curl_client(CurlClientOptions options,
                                                               const Clock& clock);

}  // namespace everai::api
