#include "api/known_secrets.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "util/base64.hpp"

namespace everai::api {
namespace {

/// `%41` as `A`; what is no such sequence stays, as it does in libcurl.
std::string percent_decode(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::uint8_t byte = 0;
    const bool encoded =
        text.size() >= 3 && text.front() == '%' &&
        std::from_chars(text.data() + 1, text.data() + 3, byte, 16).ptr == text.data() + 3;
    out += encoded ? static_cast<char>(byte) : text.front();
    text.remove_prefix(encoded ? 3 : 1);
  }
  return out;
}

}  // namespace

std::vector<Secret> known_secrets(const Account& account, const Secret& token) {
  std::vector<Secret> known;
  const auto add = [&known](std::string text) {
    if (!text.empty()) {
      known.emplace_back(std::move(text));
    }
  };
  add(token.reveal());
  const std::string_view credentials = account.proxy.credentials.reveal();
  if (!credentials.empty()) {
    const std::size_t colon = credentials.find(':');
    const std::string user = percent_decode(credentials.substr(0, colon));
    const std::string_view password =
        colon == std::string_view::npos ? "" : credentials.substr(colon + 1);
    add(std::string(password));
    add(percent_decode(password));
    add(base64(user + ':' + percent_decode(password)));  // as `Proxy-Authorization` has it
  }
  std::string_view key = account.key_pem.reveal();
  while (!key.empty()) {
    const std::string_view line = key.substr(0, key.find_first_of("\r\n"));
    if (!line.starts_with('-')) {
      add(std::string(line));
    }
    key.remove_prefix(std::min(line.size() + 1, key.size()));
  }
  return known;
}

}  // namespace everai::api
