#pragma once

#include <vector>

#include "api/account.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// What a request knows that nobody else may, in each form in which an answer or a library could
/// repeat it: for `without_secrets`.
/// @param token  that the request bears, which may come from the account's file. Pure. Thread-safe.
[[nodiscard]] std::vector<Secret> known_secrets(const Account& account, const Secret& token);

}  // namespace everai::api
