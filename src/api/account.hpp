#pragma once

#include <compare>
#include <string>

#include "api/proxy.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// Where a platform is, and as whom it is asked. Immutable once it is in use.
struct Account {
  std::string
      endpoint;       ///< `http://` or `https://` with host, port and a path prefix, no final slash
  Secret token = {};  ///< empty: none is sent
  std::string token_file = {};       ///< empty: none; read anew for each request, wins over `token`
  std::string authorities_pem = {};  ///< the accepted authorities; empty: the system's
  std::string certificate_pem = {};  ///< our own, with its chain; empty: none
  Secret key_pem = {};               ///< of `certificate_pem`
  /// Where those three come from, each empty if from no file: see `CertificateFiles`.
  std::string authorities_file = {};
  std::string certificate_file = {};
  std::string key_file = {};
  Proxy proxy = {};  ///< empty: none, whatever the environment says

  /// The order means nothing; what may be long stands behind what usually tells two apart.
  auto operator<=>(const Account&) const = default;  // NOLINT(modernize-use-nullptr): its own 0
};

}  // namespace everai::api
