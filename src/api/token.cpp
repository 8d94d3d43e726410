#include "api/token.hpp"

#include <fmt/format.h>

#include "api/http_text.hpp"
#include "util/read_file.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

/// A line may end with \r\n.
constexpr std::size_t kMaxFileBytes = kMaxTokenBytes + 2;

Result<Secret> token_in(const std::string& path, const Result<FileContents>& contents) {
  return contents.and_then([](const FileContents& file) { return parse_token(file.text); })
      .map_error([&path](const Error& error) {
        return Error{ErrorCode::kUnauthorized,
                     fmt::format("token file {}: {}", printable(path), error.message)};
      });
}

}  // namespace

Result<Secret> parse_token(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return fail(ErrorCode::kUnauthorized, "the token is empty");
  }
  text = text.substr(first, text.find_last_not_of(kBlank) - first + 1);
  if (text.size() > kMaxTokenBytes) {
    return fail(ErrorCode::kUnauthorized,
                fmt::format("the token is longer than {} bytes", kMaxTokenBytes));
  }
  if (!is_header_safe(text)) {
    return fail(ErrorCode::kUnauthorized,
                "the token has a control character, a space or a byte beyond ASCII in it");
  }
  return Secret(std::string(text));
}

Result<Secret> load_token(const std::string& path) {
  return token_in(path, read_file(path, kMaxFileBytes));
}

Result<Secret> load_token_or_pipe(const std::string& path, std::chrono::milliseconds longest) {
  return token_in(path, read_file_or_pipe(path, kMaxFileBytes, longest));
}

}  // namespace everai::api
