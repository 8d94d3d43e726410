#pragma once

#include <memory>
#include <string>

#include "api/client.hpp"

namespace everai::api {

struct CurlClientOptions {
  std::string user_agent;
  unsigned max_connections = 64;
};

/// A client on libcurl's multi interface: HTTP/1.1 or 2, keep-alive, compressed answers;
/// certificates are verified, redirects are not followed, and a proxy that tunnels (as for
/// `https://`) never sees the token. Answers' messages begin with `GET workers: `.
/// Failures of the request, the connection and the answer's form are mapped to ErrorCode; an answer
/// with another status than 200 is judged by its status, however its body ends.
/// `retry_after` is set if the answer has a `Retry-After`, from 1 second to a day.
/// Connections are kept and shared by the apps of an account; the token file of an account is read
/// anew for each request, so that a new token counts at once.
/// The process has to ignore SIGPIPE. `clock` has to outlive the client.
/// @return kSystem if libcurl cannot be set up.
[[nodiscard]] Result<std::unique_ptr<Client>> make_curl_client(CurlClientOptions options,
                                                               const Clock& clock);

}  // namespace everai::api
