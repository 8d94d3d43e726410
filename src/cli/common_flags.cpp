#include "cli/common_flags.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <utility>

#include "api/token.hpp"
#include "api/url.hpp"
#include "config/config.hpp"
#include "config/parse.hpp"
#include "util/version.hpp"

namespace everai::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string() : std::string(value);
}

/// The first of the variables that says something: to curl, an empty one is not set.
api::ProxyVariable first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string text = environment(name); !text.empty()) {
      return {name, Secret(std::move(text))};
    }
  }
  return {};
}

}  // namespace

void add_account_flags(cxxopts::OptionAdder add) {
  add("api.endpoint", "The platform's API",
      cxxopts::value<std::string>()->default_value(std::string(config::kDefaultEndpoint)), "URL");
  add("api.token-file", "File that holds the API's token; it is read again for every request",
      cxxopts::value<std::string>(), "FILE");
}

void read_account_flags(Reader& reader, config::Block& block) {
  reader.read_given("api.endpoint", block.endpoint, api::parse_endpoint);
  std::optional<config::Value<std::string>> token_file;
  reader.read_given("api.token-file", token_file, config::parse_path);
  if (token_file) {
    block.authorization = {{.credentials = {}, .credentials_file = std::move(token_file->value)},
                           std::move(token_file->origin)};
  }
}

config::Block read_environment(Reader& reader) {
  config::Block block;
  if (const std::string text = environment("EVERAI_ENDPOINT"); !text.empty()) {
    if (Result<std::string> endpoint = api::parse_endpoint(text); endpoint) {
      block.endpoint = {std::move(*endpoint), "EVERAI_ENDPOINT"};
    } else {
      reader.refuse("EVERAI_ENDPOINT", endpoint.error());
    }
  }
  if (const std::string text = environment("EVERAI_TOKEN"); !text.empty()) {
    if (Result<Secret> token = api::parse_token(text); token) {
      block.authorization = {{.credentials = std::move(*token), .credentials_file = {}},
                             "EVERAI_TOKEN"};
    } else {
      reader.refuse("EVERAI_TOKEN", token.error());
    }
  }
  return block;
}

api::ProxyEnvironment read_proxy_environment() {
  return {.http = first_of({"http_proxy"}),
          .https = first_of({"https_proxy", "HTTPS_PROXY"}),
          .all = first_of({"all_proxy", "ALL_PROXY"}),
          .no_proxy = first_of({"no_proxy", "NO_PROXY"}).text.reveal()};
}

std::string version_text(std::string_view program) {
  return fmt::format(
      "{}, version {}\n"
      "  compiler:         {}\n"
      "  platform:         {}\n",
      program, version(), compiler(), platform());
}

}  // namespace everai::cli
