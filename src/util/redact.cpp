#include "util/redact.hpp"

#include <algorithm>

namespace everai {
namespace {

constexpr std::string_view kShown = "<secret>";
constexpr std::string_view kSchemeEnd = "://";
constexpr std::string_view kQuotes = "'\"`";
constexpr std::string_view kWordEnds = "'\"` \t\r\n";

std::string_view up_to(std::string_view text, std::string_view ends) {
  return text.substr(0, text.find_first_of(ends));
}

/// Whether an authority without `@` is more than a host and a port: `user:passw`.
bool has_more_than_a_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    authority.remove_prefix(std::min(authority.find(']'), authority.size()));
  }
  const std::size_t colon = authority.find(':');
  return colon != std::string_view::npos &&
         authority.find_first_not_of("0123456789.,;)]", colon + 1) != std::string_view::npos;
}

/// How many bytes of credentials are at the front of what follows a `://`.
std::size_t credentials_after_scheme(std::string_view text) {
  const std::string_view authority = up_to(up_to(text, kWordEnds), "/?#");
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    return at;
  }
  if (!has_more_than_a_port(authority)) {
    return 0;
  }
  // The password has a slash or a space in it, or its end was cut off.
  const std::size_t at = up_to(text, kQuotes).rfind('@');
  return at != std::string_view::npos ? at : up_to(text, kWordEnds).size();
}

/// How many bytes of credentials are at the front of a word: `user:password` of what goes on with
/// an `@`.
std::size_t credentials_in_word(std::string_view word) {
  const std::size_t at = word.rfind('@');
  return at != std::string_view::npos && word.substr(0, at).find(':') != std::string_view::npos ? at
                                                                                                : 0;
}

/// How many bytes of a secret are at the front of a text: all of it, or enough of it to matter.
std::size_t match(std::string_view text, std::string_view secret) {
  constexpr std::size_t kFront = 8;
  const auto [end, ignored] = std::mismatch(secret.begin(), secret.end(), text.begin(), text.end());
  const auto length = static_cast<std::size_t>(end - secret.begin());
  return length == secret.size() || length >= kFront ? length : 0;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  std::string out;
  const auto move_on = [&out, &text](std::size_t shown) {
    out += text.substr(0, shown);
    text.remove_prefix(std::min(shown, text.size()));
  };
  while (!text.empty()) {
    const std::string_view word = up_to(text, kWordEnds);
    const std::size_t scheme = word.find(kSchemeEnd);
    const bool has_scheme = scheme != std::string_view::npos;
    if (has_scheme) {
      move_on(scheme + kSchemeEnd.size());
    }
    const std::size_t secret =
        has_scheme ? credentials_after_scheme(text) : credentials_in_word(word);
    if (secret != 0) {
      out += kShown;
      text.remove_prefix(secret);
    }
    if (!has_scheme) {
      move_on(word.size() - secret + 1);
    }
  }
  return out;
}

std::string without_secrets(std::string_view text, const std::vector<Secret>& secrets) {
  std::string out;
  while (!text.empty()) {
    std::size_t longest = 0;
    for (const Secret& secret : secrets) {
      longest = std::max(longest, match(text, secret.reveal()));
    }
    if (longest != 0) {
      out += kShown;
      text.remove_prefix(longest);
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
  return without_credentials(out);
}

}  // namespace everai
