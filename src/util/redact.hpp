#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/secret.hpp"

/// Secrets in texts of others: of libraries, of servers, of what someone typed. All pure and
/// thread-safe.
namespace everai {

/// The text with `<secret>` instead of what looks like credentials: `user:password` before an `@`,
/// and whatever stands between `://` and an `@` in an authority. A password that a limit has cut
/// off before its `@` counts too.
[[nodiscard]] std::string without_credentials(std::string_view text);

/// The same, with `<secret>` also instead of each of the secrets, and of each first 8 bytes or more
/// of one: a limit may have cut it. To be called before a limit of ours cuts the text.
[[nodiscard]] std::string without_secrets(std::string_view text,
                                          const std::vector<Secret>& secrets);

}  // namespace everai
