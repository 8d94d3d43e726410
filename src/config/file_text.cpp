#include "config/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "api/token.hpp"
#include "api/url.hpp"
#include "config/parse.hpp"
#include "config/yaml.hpp"
#include "util/text.hpp"

namespace everai::config {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view kApps = "apps";
constexpr std::string_view kDefaultNamespace = "default";

/// The file that is being read.
struct Place {
  std::string name;    ///< as messages show it
  std::string folder;  ///< with its slash; empty: the working directory
};

std::string origin_of(const Place& place, Position at) {
  return fmt::format("{}:{}:{}", place.name, at.line, at.column);
}

tl::unexpected<Error> refuse(const Place& place, Position at, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", origin_of(place, at), why));
}

/// A key of a map, and how its value gets into what the map is read into.
template <typename Into>
struct Key {
  std::string_view name;
  Result<void> (*read)(const Place&, const YamlMember&, Into&);
};

template <typename Keys>
std::string names_of(const Keys& keys) {
  std::string names;
  for (const auto& key : keys) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", key.name);
  }
  return names;
}

/// Reads each member of a map, in the text's order. @param what  the map, for messages.
template <typename Into, std::size_t n>
Result<void> read_map(const Place& place, const YamlNode& map, std::string_view what,
                      const std::array<Key<Into>, n>& keys, Into& into) {
  if (map.kind != Kind::kMap) {
    return refuse(place, map.at,
                  fmt::format("{} is no map, expected some of {}", what, names_of(keys)));
  }
  for (const YamlMember& member : map.members) {
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&member](const auto& each) { return each.name == member.key; });
    if (key == keys.end()) {
      return refuse(place, member.at,
                    fmt::format("the key {}is unknown in {}, expected one of {}",
                                show_key(member.key), what, names_of(keys)));
    }
    if (Result<void> good = key->read(place, member, into); !good) {
      return good;
    }
  }
  return {};
}

/// The text of a scalar. @param expected  what it is to be, such as "a number".
Result<std::string_view> scalar_of(const Place& place, const YamlMember& member,
                                   std::string_view expected) {
  const YamlNode& node = member.value;
  if (node.kind == Kind::kScalar) {
    return node.text;
  }
  const std::string_view has =
      node.kind == Kind::kNull ? "has no value" : "has more than one value";
  return refuse(place, node.at, fmt::format("{} {}, expected {}", member.key, has, expected));
}

/// Passes the text of a scalar to one of the parsers; its complaint gets place and key.
template <typename T>
Result<Value<T>> parse_scalar(const Place& place, const YamlMember& member,
                              std::string_view expected, Result<T> (*parse)(std::string_view)) {
  const Result<std::string_view> text = scalar_of(place, member, expected);
  if (!text) {
    return tl::unexpected(text.error());
  }
  Result<T> value = parse(*text);
  if (!value) {
    return refuse(place, member.value.at, fmt::format("{}: {}", member.key, value.error().message));
  }
  return Value<T>{std::move(*value), origin_of(place, member.value.at)};
}

/// Reads a scalar into a member of what its map is read into.
template <auto field, auto parse, typename Into>
Result<void> read_text(const Place& place, const YamlMember& member, Into& into) {
  auto value = parse_scalar(place, member, "a text", parse);
  if (!value) {
    return tl::unexpected(value.error());
  }
  into.*field = std::move(*value);
  return {};
}

/// As read_text, for numbers, which must not stand in quotes.
template <auto field, auto parse, typename Into>
Result<void> read_number(const Place& place, const YamlMember& member, Into& into) {
  auto value = parse_scalar(place, member, "a number", parse);
  if (!value) {
    return tl::unexpected(value.error());
  }
  if (member.value.quoted) {
    return refuse(place, member.value.at,
                  fmt::format("{} is a text in quotes, expected a number", member.key));
  }
  into.*field = std::move(*value);
  return {};
}

/// Reads the path of a file, which begins at the configuration's folder.
Result<Value<std::string>> parse_file(const Place& place, const YamlMember& member) {
  Result<Value<std::string>> path = parse_scalar(place, member, "a file", parse_path);
  if (path && !path->value.starts_with('/')) {
    path->value.insert(0, place.folder);
  }
  return path;
}

Result<std::string> parse_type(std::string_view text) {
  if (text != "Bearer") {
    // It may be a token in the wrong place.
    return fail(ErrorCode::kUsage, "this is no type that the platform takes, expected Bearer");
  }
  return std::string(text);
}

struct AuthorizationText {
  std::optional<Value<std::string>> type;
  std::optional<Value<Secret>> credentials;
  std::optional<Value<std::string>> credentials_file;
};

template <auto field, typename Into>
Result<void> read_file(const Place& place, const YamlMember& member, Into& into) {
  Result<Value<std::string>> path = parse_file(place, member);
  if (!path) {
    return tl::unexpected(path.error());
  }
  into.*field = std::move(*path);
  return {};
}

constexpr std::array kAuthorizationKeys{
    Key<AuthorizationText>{"type", read_text<&AuthorizationText::type, parse_type>},
    Key<AuthorizationText>{"credentials",
                           read_text<&AuthorizationText::credentials, api::parse_token>},
    Key<AuthorizationText>{"credentials_file", read_file<&AuthorizationText::credentials_file>}};

Result<void> read_authorization(const Place& place, const YamlMember& member, Block& block) {
  AuthorizationText text;
  if (Result<void> good = read_map(place, member.value, member.key, kAuthorizationKeys, text);
      !good) {
    return good;
  }
  if (text.credentials && text.credentials_file) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: credentials_file stands beside credentials, expected one of them",
                            text.credentials_file->origin));
  }
  if (!text.credentials && !text.credentials_file) {
    return refuse(place, member.value.at,
                  "authorization is empty, expected credentials or credentials_file");
  }
  Value<Authorization>& into = block.authorization.emplace();
  into.origin = origin_of(place, member.at);
  if (text.credentials) {
    into.value.credentials = std::move(text.credentials->value);
  } else {
    into.value.credentials_file = std::move(text.credentials_file->value);
  }
  return {};
}

constexpr std::array kTlsKeys{Key<TlsFiles>{"ca_file", read_file<&TlsFiles::ca_file>},
                              Key<TlsFiles>{"cert_file", read_file<&TlsFiles::cert_file>},
                              Key<TlsFiles>{"key_file", read_file<&TlsFiles::key_file>}};

Result<void> read_tls(const Place& place, const YamlMember& member, Block& block) {
  TlsFiles files;
  if (Result<void> good = read_map(place, member.value, member.key, kTlsKeys, files); !good) {
    return good;
  }
  if (files.cert_file.has_value() != files.key_file.has_value()) {
    const bool has_cert = files.cert_file.has_value();
    return fail(
        ErrorCode::kUsage,
        fmt::format("{}: {} stands alone, expected {} beside it",
                    (has_cert ? files.cert_file : files.key_file)->origin,
                    has_cert ? "cert_file" : "key_file", has_cert ? "key_file" : "cert_file"));
  }
  block.tls = {std::move(files), origin_of(place, member.at)};
  return {};
}

struct PriceText {
  std::optional<Value<std::string>> model;
  std::optional<Value<double>> per_hour;
  std::optional<Value<std::string>> currency;
};

constexpr std::array kPriceKeys{
    Key<PriceText>{"model", read_text<&PriceText::model, parse_name>},
    Key<PriceText>{"per_hour", read_number<&PriceText::per_hour, parse_price>},
    Key<PriceText>{"currency", read_text<&PriceText::currency, parse_currency>}};

Result<void> read_gpu_prices(const Place& place, const YamlMember& member, Block& block) {
  if (member.value.kind != Kind::kList) {
    return refuse(place, member.value.at,
                  fmt::format("gpu_prices is no list, expected maps of {}", names_of(kPriceKeys)));
  }
  std::vector<GpuPrice> prices;
  for (const YamlNode& item : member.value.items) {
    PriceText text;
    if (Result<void> good = read_map(place, item, "a GPU price", kPriceKeys, text); !good) {
      return good;
    }
    if (!text.model || !text.per_hour) {
      return refuse(place, item.at, "a GPU price lacks a key, expected model and per_hour");
    }
    GpuPrice price{.model = std::move(text.model->value),
                   .per_hour = text.per_hour->value,
                   .currency = text.currency ? std::move(text.currency->value) : "USD"};
    if (Result<void> good = add_price(prices, std::move(price)); !good) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: {}", text.model->origin, good.error().message));
    }
  }
  block.gpu_prices = {std::move(prices), origin_of(place, member.at)};
  return {};
}

/// The keys of the global block, each of which an app may have too.
constexpr std::array kBlockKeys{
    Key<Block>{"endpoint", read_text<&Block::endpoint, api::parse_endpoint>},
    Key<Block>{"scrape_interval", read_text<&Block::scrape_interval, parse_interval>},
    Key<Block>{"scrape_timeout", read_text<&Block::scrape_timeout, parse_timeout>},
    Key<Block>{"staleness", read_text<&Block::staleness, parse_staleness>},
    Key<Block>{"recent_days", read_number<&Block::recent_days, parse_days>},
    Key<Block>{"requests_per_second", read_number<&Block::requests_per_second, parse_rate>},
    Key<Block>{"authorization", read_authorization},
    Key<Block>{"tls_config", read_tls},
    Key<Block>{"proxy_url", read_text<&Block::proxy_url, api::parse_proxy_url>},
    Key<Block>{"slo_objective", read_number<&Block::slo_objective, parse_ratio>},
    Key<Block>{"queue_backlog_threshold",
               read_number<&Block::queue_backlog_threshold, parse_count>},
    Key<Block>{"gpu_prices", read_gpu_prices}};

struct AppText {
  std::optional<Value<std::string>> app_namespace;
  std::optional<Value<std::string>> name;
  Block own;
};

template <std::size_t index>
Result<void> read_own(const Place& place, const YamlMember& member, AppText& app) {
  return kBlockKeys[index].read(place, member, app.own);
}

template <std::size_t... index>
constexpr auto make_app_keys(std::index_sequence<index...> /*indices*/) {
  return std::array{Key<AppText>{"namespace", read_text<&AppText::app_namespace, parse_app_name>},
                    Key<AppText>{"name", read_text<&AppText::name, parse_app_name>},
                    Key<AppText>{kBlockKeys[index].name, read_own<index>}...};
}

constexpr auto kAppKeys = make_app_keys(std::make_index_sequence<kBlockKeys.size()>());

Result<void> read_global(const Place& place, const YamlMember& member, FileText& file) {
  if (member.value.kind == Kind::kNull) {
    return {};
  }
  return read_map(place, member.value, member.key, kBlockKeys, file.global);
}

Result<void> read_apps(const Place& place, const YamlMember& member, FileText& file) {
  if (member.value.kind == Kind::kNull) {
    return {};
  }
  if (member.value.kind != Kind::kList) {
    return refuse(place, member.value.at,
                  "apps is no list, expected maps of name, namespace and what they override");
  }
  for (const YamlNode& item : member.value.items) {
    AppText text;
    if (Result<void> good = read_map(place, item, "an app", kAppKeys, text); !good) {
      return good;
    }
    if (!text.name) {
      return refuse(place, item.at, "an app has no name, expected the key name");
    }
    api::AppRef app{
        text.app_namespace ? std::move(text.app_namespace->value) : std::string(kDefaultNamespace),
        std::move(text.name->value)};
    file.apps.push_back({{std::move(app), std::move(text.name->origin)}, std::move(text.own)});
  }
  return {};
}

bool holds_secret(const Block& block) {
  return (block.authorization && !block.authorization->value.credentials.empty()) ||
         (block.proxy_url && !block.proxy_url->value.credentials.empty());
}

/// As holds_secret, for an app with whatever mistakes.
bool may_hold_secret(const Place& place, const YamlNode& app) {
  Block own;
  for (const YamlMember& member : app.members) {
    for (const Key<Block>& key : kBlockKeys) {
      if (key.name == member.key) {
        // What cannot be read is nothing here.
        static_cast<void>(key.read(place, member, own));
      }
    }
  }
  return holds_secret(own);
}

/// The text that an item of `apps` has at a key.
/// @param otherwise  for one that does not have the key. @return nothing if it cannot be read.
std::optional<std::string_view> name_in(const YamlNode& item, std::string_view key,
                                        std::optional<std::string_view> otherwise) {
  const auto member = std::find_if(item.members.begin(), item.members.end(),
                                   [key](const YamlMember& each) { return each.key == key; });
  if (member == item.members.end()) {
    return otherwise;
  }
  const YamlNode& value = member->value;
  if (value.kind != Kind::kScalar || !parse_app_name(value.text)) {
    return std::nullopt;
  }
  return value.text;
}

/// The app that an item of `apps` is; nothing if that cannot be read.
std::optional<api::AppRef> app_of(const YamlNode& item) {
  const auto name = name_in(item, "name", std::nullopt);
  const auto app_namespace = name_in(item, "namespace", kDefaultNamespace);
  return name && app_namespace
             ? std::optional(api::AppRef{std::string(*app_namespace), std::string(*name)})
             : std::nullopt;
}

/// Takes all other apps out of a file. If it does not have the wanted one, what cannot be told
/// apart from it stays.
/// @return whether one of those that went holds a secret.
bool keep_app(const Place& place, YamlNode& root, const api::AppRef& wanted) {
  bool holds_secret = false;
  for (YamlMember& member : root.members) {
    if (member.key == kApps) {
      std::vector<YamlNode>& items = member.value.items;
      const bool has_it = std::any_of(items.begin(), items.end(), [&wanted](const YamlNode& item) {
        return app_of(item) == wanted;
      });
      std::erase_if(items, [&](const YamlNode& item) {
        const std::optional<api::AppRef> app = app_of(item);
        const bool other = has_it ? app != wanted : app.has_value();
        holds_secret = holds_secret || (other && may_hold_secret(place, item));
        return other;
      });
    }
  }
  return holds_secret;
}

constexpr std::array kFileKeys{Key<FileText>{"global", read_global},
                               Key<FileText>{kApps, read_apps}};

}  // namespace

Result<FileText> parse_file_text(std::string_view text, std::string_view path,
                                 const api::AppRef* only) {
  const std::size_t slash = path.rfind('/');
  const Place place{printable(path),
                    std::string(slash == std::string_view::npos ? "" : path.substr(0, slash + 1))};
  Result<YamlNode> root = parse_yaml(text, place.name);
  if (!root) {
    return tl::unexpected(root.error());
  }
  FileText file;
  if (only != nullptr) {
    file.holds_secret = keep_app(place, *root, *only);
  }
  if (Result<void> good = check_strict(*root, place.name); !good) {
    return tl::unexpected(good.error());
  }
  if (root->kind == Kind::kNull) {
    return file;
  }
  if (Result<void> good = read_map(place, *root, "the file", kFileKeys, file); !good) {
    return tl::unexpected(good.error());
  }
  file.holds_secret = file.holds_secret || holds_secret(file.global) ||
                      std::any_of(file.apps.begin(), file.apps.end(),
                                  [](const FileApp& app) { return holds_secret(app.own); });
  return file;
}

}  // namespace everai::config
