#include "api/token.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "api/http_text.hpp"
#include "util/text.hpp"

namespace everai::api {

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
  const auto refuse = [&path](std::string_view why) {
    return fail(ErrorCode::kUnauthorized, fmt::format("token file {}: {}", printable(path), why));
  };
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxTokenBytes + 2, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return refuse(errno != 0 ? std::generic_category().message(errno) : "it cannot be read");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  Result<Secret> token = parse_token(text);
  return token ? token : refuse(token.error().message);
}

}  // namespace everai::api
