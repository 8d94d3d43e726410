#pragma once

#include <memory>

#include "api/client.hpp"
#include "api/curl_transport.hpp"

namespace everai::api {

/// A client on a `CurlTransport`, with what that promises. Answers' messages begin with `title_of`
/// their listing. `clock` has to outlive the client.
/// @return kSystem if libcurl cannot be set up.
[[nodiscard]] Result<std::unique_ptr<Client>> make_curl_client(CurlOptions options,
                                                               const Clock& clock);

}  // namespace everai::api
