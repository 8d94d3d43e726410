#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/account.hpp"
#include "api/padded_text.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"
#include "util/time.hpp"

/// A request to the platform and its answer, whatever they are about.
namespace everai::api {

/// Largest body taken of an answer, after decoding.
inline constexpr std::size_t kMaxBodyBytes = 16UL * 1024 * 1024;

struct HttpRequest {
  std::uint64_t id = 0;                    ///< the caller's; unique among the open requests
  std::shared_ptr<const Account> account;  ///< whom to ask, and as whom; not null
  std::string_view
      title;           ///< begins the messages, such as "POST scale-up"; lives as long as its use
  std::string target;  ///< path and query, to stand after the endpoint
  std::optional<std::string> json;  ///< the body of a POST; nothing: a GET
  SteadyTime deadline;  ///< the answer is complete by then, or the request fails with kTimeout
};

struct HttpBody {
  PaddedText text;
  std::optional<Timestamp> date;     ///< the answer's `Date`: the platform's clock, to the second
  std::vector<Secret> secrets = {};  ///< what the request bore: no message may repeat it
};

struct HttpAnswer {
  std::uint64_t id = 0;
  int http_status = 0;                                ///< 0: no answer came
  std::optional<std::chrono::microseconds> duration;  ///< nothing: it was not even started
  Result<HttpBody> body;                              ///< of a status 200
  /// False if it is certain that no byte of the request has left: there was no token or no
  /// connection, TLS failed, a proxy refused the tunnel. A proxy without a tunnel is sent it.
  bool sent = true;
};

}  // namespace everai::api
