#include "app/reloader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "api/types.hpp"
#include "util/log.hpp"

namespace everai::app {
namespace {

/// The apps of a configuration that another one does not have, or has otherwise.
struct Difference {
  std::vector<std::string> missing;
  std::vector<std::string> changed;
};

Difference difference(const config::Config& of, const config::Config& to) {
  Difference found;
  for (const config::AppConfig& app : of.apps) {
    const auto other = std::find_if(to.apps.begin(), to.apps.end(),
                                    [&app](const auto& one) { return one.app == app.app; });
    if (other == to.apps.end()) {
      found.missing.push_back(api::to_string(app.app));
    } else if (!(*other == app)) {
      found.changed.push_back(api::to_string(app.app));
    }
  }
  return found;
}

/// How many, and which, for a field of the log, which cuts what is too long.
std::string listed(const std::vector<std::string>& apps) {
  return apps.empty() ? "0" : fmt::format("{}: {}", apps.size(), fmt::join(apps, ", "));
}

}  // namespace

Reloader::Reloader(config::Source source, config::Loaded loaded, const Clock& clock, Hooks hooks)
    : source_(std::move(source)),
      clock_(clock),
      hooks_(std::move(hooks)),
      config_(std::move(loaded.config)),
      state_{.file = source_.file,
             .shard = source_.shard,
             .last_reload_successful = true,
             .last_reload_success = clock.system_now(),
             .last_error = {}} {
  log_warnings(loaded.warnings);
}

Result<void> Reloader::reload() {
  const std::lock_guard lock(reload_mutex_);
  return take(config::load(source_));
}

void Reloader::reload_if_changed() {
  const std::lock_guard lock(reload_mutex_);
  Result<config::Loaded> loaded = config::load(source_);
  const bool same = loaded ? last_error_.empty() && loaded->config == config_
                           : loaded.error().message == last_error_;
  if (!same) {
    // What became of it is in the log.
    static_cast<void>(take(std::move(loaded)));
  }
}

Result<void> Reloader::take(Result<config::Loaded> loaded) {
  hooks_.on_begin();
  Result<void> taken;
  if (loaded) {
    log_warnings(loaded->warnings);
    taken = hooks_.apply(loaded->config);
  } else {
    taken = tl::unexpected(loaded.error());
  }
  if (taken) {
    const Difference gone = difference(config_, loaded->config);
    log::info("configuration reloaded",
              {{"apps", std::to_string(loaded->config.apps.size())},
               {"added", listed(difference(loaded->config, config_).missing)},
               {"removed", listed(gone.missing)},
               {"changed", listed(gone.changed)}});
    config_ = std::move(loaded->config);
    last_error_.clear();
  } else {
    last_error_ = taken.error().message;
    log::error("configuration not reloaded, the old one stays in use", {{"error", last_error_}});
  }
  {
    const std::lock_guard lock(state_mutex_);
    state_.last_reload_successful = taken.has_value();
    state_.last_error = last_error_;
    if (taken) {
      state_.last_reload_success = clock_.system_now();
    }
  }
  hooks_.on_end(taken.has_value());
  return taken;
}

/// Each is said once, not at every reload.
void Reloader::log_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    if (told_warnings_.insert(warning).second) {
      log::warn("configuration", {{"warning", warning}});
    }
  }
}

web::ConfigState Reloader::state() const {
  const std::lock_guard lock(state_mutex_);
  return state_;
}

}  // namespace everai::app
