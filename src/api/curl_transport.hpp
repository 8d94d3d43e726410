#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "api/http.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::api {

struct CurlOptions {
  std::string user_agent;
  unsigned max_connections = 64;
  /// No request goes over an older connection, or to an address that was looked up earlier.
  SteadyTime::duration max_connection_age = std::chrono::minutes(5);
  /// Uses the certificates and keys that the accounts' files have: see `CertificateFiles`.
  bool follow_certificate_files = false;
};

/// Requests to the platform over libcurl's multi interface, many at a time: HTTP/1.1 or 2,
/// keep-alive, compressed answers; certificates are verified, redirects are not followed, and a
/// proxy that tunnels (as for `https://`) never sees the token.
/// Failures of the request, the connection and the answer's form are mapped to ErrorCode (its first
/// kPollFailureReasons); an answer with another status than 200 is judged by its status, however
/// its body ends. `retry_after` is set if the answer has a `Retry-After`, from 1 second to a day; a
/// date in it is by the clock of the answer's `Date`. Connections are kept and shared by the
/// requests of an account. A GET over a kept one that turns out to be closed is sent once more,
/// over a new one and by the same deadline. A POST has a connection of its own, over HTTP/1.1, and
/// is sent once: over HTTP/2 libcurl would send it again if the server refused it.
/// The token file of an account is read anew for each request, so that a new token counts at once.
/// The process has to ignore SIGPIPE.
/// Not thread-safe but for `wake`; owned by one thread.
class CurlTransport {
 public:
  /// @param clock  must outlive the transport. @return kSystem if libcurl cannot be set up.
  [[nodiscard]] static Result<std::unique_ptr<CurlTransport>> make(CurlOptions options,
                                                                   const Clock& clock);

  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;
  CurlTransport(CurlTransport&&) = delete;
  CurlTransport& operator=(CurlTransport&&) = delete;
  /// Drops the requests under way.
  ~CurlTransport();

  /// Sends a request. Its answer, good or not, comes out of a later `wait`.
  void start(HttpRequest request);

  /// Waits until an answer is there, `wake` was called, or it is `until`; returns what came.
  [[nodiscard]] std::vector<HttpAnswer> wait(SteadyTime until);

  /// Ends a `wait` at once, the one under way or the next. Thread-safe.
  void wake();

  /// Uses no connection and no looked-up address of before for the requests from now on.
  void renew();

 private:
  class Impl;
  explicit CurlTransport(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace everai::api
