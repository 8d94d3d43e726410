#pragma once

#include <string>
#include <string_view>

#include "api/proxy.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

/// The proxies of the environment, as plain values: who reads a variable stands elsewhere.
namespace everai::api {

/// A variable, by the name that it was found under.
struct ProxyVariable {
  std::string name = {};
  Secret text = {};  ///< empty: it is not set
};

struct ProxyEnvironment {
  ProxyVariable http = {};   ///< `http_proxy`; CGI sets `HTTP_PROXY` by what a client says
  ProxyVariable https = {};  ///< `https_proxy`, `HTTPS_PROXY`
  ProxyVariable all =
      {};  ///< `all_proxy`, `ALL_PROXY`: if that of the endpoint's scheme is not set
  std::string no_proxy = {};  ///< `no_proxy`, `NO_PROXY`
};

/// The proxy for an endpoint, chosen as curl does. A text without a scheme means `http://`. What is
/// wrong with a variable does not matter where it is not used.
/// @param endpoint  as parse_endpoint returns it. @return an empty one if none is to be used;
///         kUsage if it is wrong; the message begins with the variable and never shows its text.
/// Pure. Thread-safe.
[[nodiscard]] Result<Proxy> proxy_of_environment(const ProxyEnvironment& environment,
                                                 std::string_view endpoint);

/// Whether a list such as `localhost,.example.com,10.0.0.0/8,::1` names a host, which is then asked
/// without a proxy. Names match themselves and what is below them; addresses match themselves and
/// the network that they begin; `*` alone matches all.
/// @param host  of an endpoint; IPv6 without brackets. Pure. Thread-safe.
[[nodiscard]] bool is_without_proxy(std::string_view no_proxy, std::string_view host);

}  // namespace everai::api
