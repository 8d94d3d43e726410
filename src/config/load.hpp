#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/proxy_environment.hpp"
#include "api/types.hpp"
#include "config/block.hpp"
#include "config/config.hpp"
#include "config/seen_file.hpp"
#include "config/shard.hpp"
#include "util/result.hpp"

namespace everai::config {

/// Every place that says something about the configuration. What an app of the file says of itself
/// goes before the flags, these before the file's global block, this before the environment.
struct Source {
  std::string file;  ///< empty: none
  Block flags = {};
  std::vector<Value<api::AppRef>> apps = {};  ///< of the flags; the file's stand beside them
  Block environment = {};
  api::ProxyEnvironment proxies = {};  ///< for apps without a `proxy_url`
  Shard shard = {};                    ///< which of the apps are ours
  /// Load this app alone, whatever `shard` says: what is wrong with another one does not matter,
  /// and is not warned of. If nothing else gives the app, this does.
  std::optional<Value<api::AppRef>> only = {};
};

struct Loaded {
  Config config;
  /// What is not wrong but should be known, such as a file that everyone can read; one line each.
  std::vector<std::string> warnings;
};

/// Reads the configuration file and the certificates and keys that it names, and puts together what
/// holds for each app: the file's apps first. All of it is checked, but what is loaded is the apps
/// of `source.shard`, of which there may be none. With `source.only` only what holds for that app
/// is looked at, and it is there. All or nothing: it changes nothing outside.
/// @return kUsage with one line, which begins with the place that is to blame (`FILE:LINE:COLUMN`,
///         a flag, a variable of the environment) and shows no secret.
/// Thread-safe.
[[nodiscard]] Result<Loaded> load(const Source& source);

/// A load, and the files that it came from, in the order in which they were read: after a mistake,
/// those up to it.
struct Look {
  Result<Loaded> loaded;
  std::vector<SeenFile> files;
};

/// The same, for those who want to know whether files change. Thread-safe.
[[nodiscard]] Look look(const Source& source);

}  // namespace everai::config
