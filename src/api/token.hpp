#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// Longest token that is taken.
inline constexpr std::size_t kMaxTokenBytes = 16UL * 1024;

/// Takes a token from a text: one line, spaces and newlines around it dropped.
/// @return kUnauthorized if nothing is left, it is too long, or it has control characters, spaces
/// or
///         bytes beyond ASCII in it; the message never shows the text. Pure.
[[nodiscard]] Result<Secret> parse_token(std::string_view text);

/// Reads the token of a file anew, so that a replaced file or symbolic link counts at once.
/// @return kUnauthorized if it is no regular file or cannot be read, or as parse_token.
[[nodiscard]] Result<Secret> load_token(const std::string& path);

/// The same, but of a pipe too, which can be read only once.
/// @param longest  how long to wait until the pipe's writers have closed it.
[[nodiscard]] Result<Secret> load_token_or_pipe(const std::string& path,
                                                std::chrono::milliseconds longest);

}  // namespace everai::api
