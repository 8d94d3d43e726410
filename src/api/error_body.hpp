#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// How much of an error answer's body is worth keeping.
inline constexpr std::size_t kErrorBodyBytes = 4096;

/// The failure that an answer with another status than 200 stands for, such as
/// `status 401: token expired (code 16)`; the reason comes from the body if that is the platform's
/// JSON (`{"code": ..., "message": ...}`), or names the page that it is, and is left out if it is
/// neither. A page with a status such as 403 is a firewall's or a proxy's and not the platform's.
/// @param body     may be cut off or anything else.
/// @param secrets  what the request knows; where the reason repeats one, it reads `<secret>`.
/// @return kUnauthorized, kForbidden, kPaymentRequired, kProxyAuth, kBlocked, kNotFound,
///         kRateLimited, or kServerError.
/// Pure. Thread-safe.
[[nodiscard]] Error error_of_status(int status, std::string_view body,
                                    const std::vector<Secret>& secrets);

/// The failure, kPayload, that a status 200 stands for whose body is an HTML page: nothing that the
/// platform sends. Nothing if it is none. Pure. Thread-safe.
[[nodiscard]] std::optional<Error> error_of_page(std::string_view body,
                                                 const std::vector<Secret>& secrets);

}  // namespace everai::api
