#pragma once

#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// How much of an error answer's body is worth keeping.
inline constexpr std::size_t kErrorBodyBytes = 4096;

/// The failure that an answer with another status than 200 stands for, such as
/// `status 401: token expired (code 16)`; the reason comes from the body if that is the platform's
/// JSON (`{"code": ..., "message": ...}`) and is left out if not.
/// @param body   may be cut off or anything else.
/// @param token  what the request bore; where the reason repeats it, it reads `<secret>`.
/// @return kUnauthorized, kForbidden, kNotFound, kRateLimited, or kServerError.
/// Pure. Thread-safe.
[[nodiscard]] Error error_of_status(int status, std::string_view body, const Secret& token);

}  // namespace everai::api
