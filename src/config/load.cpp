#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "config/accounts.hpp"
#include "config/file_text.hpp"
#include "config/yaml.hpp"
#include "util/pem.hpp"
#include "util/read_file.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::config {
namespace {

using std::chrono::milliseconds;

constexpr int kDefaultStalenessIntervals = 3;
/// With the rest of the warning it fits into a field of the log.
constexpr std::size_t kNamesBytes = 120;

template <typename T>
using Field = std::optional<Value<T>> Block::*;

template <typename T>
using Found = const Value<T>*;

tl::unexpected<Error> refuse(std::string_view origin, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", origin, why));
}

/// Blocks, the strongest first.
class Layers {
 public:
  explicit Layers(std::vector<const Block*> blocks) : blocks_(std::move(blocks)) {}

  /// What the strongest one says that says something; null if none does.
  template <typename T>
  [[nodiscard]] Found<T> find(Field<T> field) const {
    const std::size_t rank = rank_of(field);
    return rank < blocks_.size() ? &*(blocks_[rank]->*field) : nullptr;
  }

  /// The number of blocks that are stronger than the one that says something.
  template <typename T>
  [[nodiscard]] std::size_t rank_of(Field<T> field) const {
    const auto block = std::find_if(blocks_.begin(), blocks_.end(), [field](const Block* each) {
      return (each->*field).has_value();
    });
    return static_cast<std::size_t>(block - blocks_.begin());
  }

  /// Assigns what the strongest one says, and nothing if none does.
  template <typename T>
  void assign(Field<T> field, T& into) const {
    if (const Found<T> found = find(field); found != nullptr) {
      into = found->value;
    }
  }

 private:
  std::vector<const Block*> blocks_;
};

/// A duration that must not be longer than another one.
struct Bound {
  std::string_view name;
  Field<milliseconds> field;
};

/// Checks `shorter` against `longer` if both are given. To blame is the stronger one, without which
/// the other would do.
Result<void> check_order(const Layers& layers, const Bound& shorter, milliseconds shorter_value,
                         const Bound& longer, milliseconds longer_value) {
  if (shorter_value <= longer_value) {
    return {};
  }
  const bool blame_longer = layers.rank_of(longer.field) < layers.rank_of(shorter.field);
  const Bound& blamed = blame_longer ? longer : shorter;
  const Bound& other = blame_longer ? shorter : longer;
  const Found<milliseconds> other_given = layers.find(other.field);
  return refuse(layers.find(blamed.field)->origin,
                fmt::format("{} is {}, expected {} {}, {} ({})", blamed.name,
                            render_duration(blame_longer ? longer_value : shorter_value),
                            blame_longer ? "at least" : "at most", other.name,
                            render_duration(blame_longer ? shorter_value : longer_value),
                            other_given != nullptr ? other_given->origin : "the default"));
}

constexpr Bound kInterval{"scrape_interval", &Block::scrape_interval};
constexpr Bound kTimeout{"scrape_timeout", &Block::scrape_timeout};
constexpr Bound kStaleness{"staleness", &Block::staleness};

/// Defaults give way to what is given: they are no longer, or no shorter, than the interval lets
/// them.
Result<PollSettings> make_poll_settings(const Layers& layers) {
  PollSettings poll;
  layers.assign(kInterval.field, poll.scrape_interval);
  poll.scrape_timeout = std::min(poll.scrape_timeout, poll.scrape_interval);
  layers.assign(kTimeout.field, poll.scrape_timeout);
  poll.staleness = kDefaultStalenessIntervals * poll.scrape_interval;
  layers.assign(kStaleness.field, poll.staleness);
  layers.assign(&Block::recent_days, poll.recent_days);
  Result<void> good =
      check_order(layers, kTimeout, poll.scrape_timeout, kInterval, poll.scrape_interval);
  if (good) {
    good = check_order(layers, kInterval, poll.scrape_interval, kStaleness, poll.staleness);
  }
  return good ? Result<PollSettings>(poll) : tl::unexpected(good.error());
}

AppSettings make_settings(const Layers& layers) {
  AppSettings settings;
  layers.assign(&Block::slo_objective, settings.slo_objective_ratio);
  layers.assign(&Block::queue_backlog_threshold, settings.queue_backlog_threshold);
  layers.assign(&Block::gpu_prices, settings.gpu_prices);
  return settings;
}

/// An app's token goes where the app's owner meant it to go, and nowhere else.
Result<void> check_token_stays(const FileApp& app, const Layers& common) {
  std::string common_endpoint(kDefaultEndpoint);
  common.assign(&Block::endpoint, common_endpoint);
  if (!app.own.endpoint || app.own.endpoint->value == common_endpoint || app.own.authorization ||
      common.find(&Block::authorization) == nullptr) {
    return {};
  }
  return refuse(app.own.endpoint->origin,
                fmt::format("app {} has an endpoint of its own, to which the common token is not "
                            "sent, expected an authorization of its own beside it",
                            printable(api::to_string(app.app.value))));
}

/// Puts a configuration together; made for one.
class Loader {
 public:
  explicit Loader(const Source& source) : source_(source) {}

  Look look() {
    Result<Loaded> loaded = load();
    return {std::move(loaded), std::move(files_)};
  }

 private:
  Result<Loaded> load() {
    Result<void> good = read_source_file();
    if (good) {
      good = add_apps();
    }
    if (!good) {
      return tl::unexpected(good.error());
    }
    if (!source_.only) {
      keep_shard(source_.shard, loaded_.config);
    }
    warn_of_missing_tokens();
    return std::move(loaded_);
  }

  [[nodiscard]] Result<FileContents> read(const std::string& path, std::size_t limit_bytes);
  [[nodiscard]] Result<void> read_source_file();
  [[nodiscard]] Result<void> add_apps();
  [[nodiscard]] Result<void> check_apps() const;
  [[nodiscard]] Result<AppConfig> make_app(const FileApp& app);
  [[nodiscard]] Result<std::shared_ptr<const api::Account>> account_of(const Layers& layers);
  [[nodiscard]] Result<api::Account> make_account(const Layers& layers);
  [[nodiscard]] Result<std::string> read_pem(const Value<std::string>& file, std::string_view key);
  [[nodiscard]] Result<void> read_tls(const TlsFiles& files, api::Account& account);
  void warn_if_open(bool open_to_others, std::string_view path, std::string_view what);
  void warn_of_missing_tokens();

  const Source& source_;
  std::vector<SeenFile> files_;
  FileText file_;
  /// Many apps may name the same files: each is read and checked once.
  std::map<std::string, FileContents> pem_files_;  ///< by path
  std::set<std::string> checked_certificates_;     ///< paths
  /// Paths, each after its certificate's.
  std::set<std::pair<std::string, std::string>> checked_keys_;
  /// Accounts by the values that say what they are, which most apps have in common.
  std::map<std::array<const void*, 4>, std::shared_ptr<const api::Account>> accounts_by_origin_;
  Accounts accounts_;
  std::set<std::string> told_;  ///< warnings
  Loaded loaded_;
};

Result<FileContents> Loader::read(const std::string& path, std::size_t limit_bytes) {
  auto [contents, seen] = look_at_file(path, limit_bytes);
  files_.push_back(std::move(seen));
  return std::move(contents);
}

Result<void> Loader::read_source_file() {
  if (source_.file.empty()) {
    return {};
  }
  const Result<FileContents> contents = read(source_.file, kMaxYamlBytes);
  if (!contents) {
    return refuse(printable(source_.file), contents.error().message);
  }
  Result<FileText> text =
      parse_file_text(contents->text, source_.file, source_.only ? &source_.only->value : nullptr);
  if (!text) {
    return tl::unexpected(text.error());
  }
  file_ = std::move(*text);
  warn_if_open(contents->open_to_others && file_.holds_secret, source_.file, "a secret");
  return {};
}

void Loader::warn_if_open(bool open_to_others, std::string_view path, std::string_view what) {
  if (open_to_others) {
    std::string warning =
        fmt::format("{}: it holds {}, but others than its owner and group have access to it",
                    printable(path), what);
    if (told_.insert(warning).second) {
      loaded_.warnings.push_back(std::move(warning));
    }
  }
}

void Loader::warn_of_missing_tokens() {
  std::vector<std::string> without;
  for (const AppConfig& app : loaded_.config.apps) {
    if (app.account->token.empty() && app.account->token_file.empty()) {
      without.push_back(printable(api::to_string(app.app)));
    }
  }
  if (!without.empty()) {
    loaded_.warnings.push_back(fmt::format("no API token for {}: requests go without one",
                                           join_some(without, kNamesBytes)));
  }
}

Result<void> Loader::check_apps() const {
  if (file_.apps.empty()) {
    const std::string place =
        source_.file.empty() ? "" : fmt::format("{}: ", printable(source_.file));
    return fail(ErrorCode::kUsage,
                place +
                    "no app is given, expected apps in the configuration file, or --app "
                    "NAMESPACE/NAME");
  }
  std::map<api::AppRef, std::string_view> origins;
  for (const FileApp& app : file_.apps) {
    const auto [first, is_new] = origins.emplace(app.app.value, app.app.origin);
    if (!is_new) {
      return refuse(app.app.origin,
                    fmt::format("app {} is given twice, first by {}",
                                printable(api::to_string(app.app.value)), first->second));
    }
  }
  return {};
}

Result<void> Loader::add_apps() {
  for (const Value<api::AppRef>& app : source_.apps) {
    if (!source_.only || app.value == source_.only->value) {
      file_.apps.push_back({.app = app, .own = {}});
    }
  }
  if (source_.only && file_.apps.empty()) {
    file_.apps.push_back({.app = *source_.only, .own = {}});
  }
  if (Result<void> good = check_apps(); !good) {
    return good;
  }
  const Layers common({&source_.flags, &file_.global, &source_.environment});
  common.assign(&Block::requests_per_second, loaded_.config.requests_per_second);
  for (const FileApp& app : file_.apps) {
    if (Result<void> good = check_token_stays(app, common); !good) {
      return good;
    }
    Result<AppConfig> made = make_app(app);
    if (!made) {
      return tl::unexpected(made.error());
    }
    loaded_.config.apps.push_back(std::move(*made));
  }
  return {};
}

Result<AppConfig> Loader::make_app(const FileApp& app) {
  const Layers layers({&app.own, &source_.flags, &file_.global, &source_.environment});
  const Result<PollSettings> poll = make_poll_settings(layers);
  if (!poll) {
    return tl::unexpected(poll.error());
  }
  Result<std::shared_ptr<const api::Account>> account = account_of(layers);
  if (!account) {
    return tl::unexpected(account.error());
  }
  AppConfig made;
  made.app = app.app.value;
  made.account = std::move(*account);
  made.poll = *poll;
  made.settings = make_settings(layers);
  if (app.own.requests_per_second) {
    made.requests_per_second = app.own.requests_per_second->value;
  }
  return made;
}

/// The account that earlier apps have already, if it is the same.
Result<std::shared_ptr<const api::Account>> Loader::account_of(const Layers& layers) {
  std::shared_ptr<const api::Account>& known =
      accounts_by_origin_[{layers.find(&Block::endpoint), layers.find(&Block::proxy_url),
                           layers.find(&Block::authorization), layers.find(&Block::tls)}];
  if (known == nullptr) {
    Result<api::Account> made = make_account(layers);
    if (!made) {
      return tl::unexpected(made.error());
    }
    known = accounts_.share(std::make_shared<const api::Account>(std::move(*made)));
  }
  return known;
}

Result<api::Account> Loader::make_account(const Layers& layers) {
  api::Account account;
  account.endpoint = kDefaultEndpoint;
  layers.assign(&Block::endpoint, account.endpoint);
  layers.assign(&Block::proxy_url, account.proxy);
  if (account.proxy.url.empty()) {
    Result<api::Proxy> proxy = api::proxy_of_environment(source_.proxies, account.endpoint);
    if (!proxy) {
      return tl::unexpected(proxy.error());
    }
    account.proxy = std::move(*proxy);
  }
  if (const Found<Authorization> found = layers.find(&Block::authorization); found != nullptr) {
    account.token = found->value.credentials;
    account.token_file = found->value.credentials_file;
    warn_if_open(!account.token_file.empty() && is_open_to_others(account.token_file),
                 account.token_file, "a token");
  }
  if (const Found<TlsFiles> found = layers.find(&Block::tls); found != nullptr) {
    if (Result<void> good = read_tls(found->value, account); !good) {
      return tl::unexpected(good.error());
    }
  }
  return account;
}

/// The text of a file, read once for all who name it.
Result<std::string> Loader::read_pem(const Value<std::string>& file, std::string_view key) {
  auto known = pem_files_.find(file.value);
  if (known == pem_files_.end()) {
    Result<FileContents> contents = read(file.value, kMaxPemBytes);
    if (!contents) {
      return refuse(file.origin,
                    fmt::format("{} {}: {}", key, printable(file.value), contents.error().message));
    }
    known = pem_files_.emplace(file.value, std::move(*contents)).first;
  }
  // A certificate and its key may be in one file.
  warn_if_open(known->second.open_to_others && key == "key_file", file.value, "a private key");
  return known->second.text;
}

Result<void> Loader::read_tls(const TlsFiles& files, api::Account& account) {
  const auto refuse_file = [](const Value<std::string>& file, std::string_view key,
                              const Error& error) {
    return refuse(file.origin, fmt::format("{} {}: {}", key, printable(file.value), error.message));
  };
  struct Target {
    std::string_view key;
    const std::optional<Value<std::string>>& file;
    std::string& path;
    std::string& text;
  };
  for (const auto& [key, file, path, into] :
       {Target{"ca_file", files.ca_file, account.authorities_file, account.authorities_pem},
        Target{"cert_file", files.cert_file, account.certificate_file, account.certificate_pem}}) {
    if (!file.has_value()) {
      continue;
    }
    Result<std::string> text = read_pem(*file, key);
    if (!text) {
      return tl::unexpected(text.error());
    }
    if (checked_certificates_.insert(file->value).second) {
      if (Result<void> good = check_certificates(*text); !good) {
        return refuse_file(*file, key, good.error());
      }
    }
    path = file->value;
    into = std::move(*text);
  }
  if (files.key_file) {
    Result<std::string> text = read_pem(*files.key_file, "key_file");
    if (!text) {
      return tl::unexpected(text.error());
    }
    account.key_file = files.key_file->value;
    account.key_pem = Secret(std::move(*text));
    // Neither stands alone.
    if (checked_keys_.emplace(files.cert_file->value, files.key_file->value).second) {
      if (Result<void> good = check_key(account.certificate_pem, account.key_pem); !good) {
        return refuse_file(*files.key_file, "key_file", good.error());
      }
    }
  }
  return {};
}

}  // namespace

Result<Loaded> load(const Source& source) {
  return look(source).loaded;
}

Look look(const Source& source) {
  return Loader(source).look();
}

}  // namespace everai::config
