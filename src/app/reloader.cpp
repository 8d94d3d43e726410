#include "app/reloader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "api/types.hpp"
#include "config/accounts.hpp"
#include "util/log.hpp"
#include "util/text.hpp"

namespace everai::app {
namespace {

/// A file that is younger may still be written.
constexpr std::chrono::seconds kYoung{1};
/// How long a reload that was asked for waits for files to be the same.
constexpr std::chrono::seconds kLongestLook{1};
/// A change that is not complete after this long is said.
constexpr std::chrono::minutes kLongChange{1};
/// Of the 200 bytes of a field of the log.
constexpr std::size_t kNamesBytes = 160;

/// What became of the apps of a configuration in another one.
struct Difference {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> changed;
};

Difference difference(const config::Config& before, const config::Config& after) {
  std::map<api::AppRef, const config::AppConfig*> old;
  for (const config::AppConfig& app : before.apps) {
    old.emplace(app.app, &app);
  }
  Difference found;
  for (const config::AppConfig& app : after.apps) {
    const auto other = old.find(app.app);
    if (other == old.end()) {
      found.added.push_back(api::to_string(app.app));
      continue;
    }
    if (!(*other->second == app)) {
      found.changed.push_back(api::to_string(app.app));
    }
    old.erase(other);
  }
  for (const auto& [app, config] : old) {
    found.removed.push_back(api::to_string(app));
  }
  return found;
}

/// How many, and which, for a field of the log.
std::string listed(const std::vector<std::string>& apps) {
  return apps.empty() ? "0" : fmt::format("{}: {}", apps.size(), join_some(apps, kNamesBytes));
}

/// Whether one of them was changed a moment ago, or in the future: the clock was set since.
bool are_young(const std::vector<config::SeenFile>& files, Timestamp now) {
  return std::any_of(files.begin(), files.end(), [now](const config::SeenFile& file) {
    return file.changed && *file.changed > now.time_since_epoch() - kYoung;
  });
}

/// The first of them that is not what it was; empty if a look ended before it came to it.
std::string_view path_of_change(const std::vector<config::SeenFile>& before,
                                const std::vector<config::SeenFile>& after) {
  const auto [_, changed] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
  return changed == after.end() ? std::string_view{} : std::string_view{changed->path};
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
  return take(look_until_settled().loaded);
}

config::Look Reloader::look_again() const {
  config::Look look = config::look(source_);
  if (look.loaded) {
    config::share_accounts(config_, look.loaded->config);
  }
  return look;
}

config::Look Reloader::look_until_settled() const {
  config::Look look = look_again();
  if (!are_young(look.files, clock_.system_now())) {
    return look;
  }
  for (const SteadyTime end = clock_.steady_now() + kLongestLook;;) {
    hooks_.pause(kSecondLook);
    config::Look next = look_again();
    if (next.files == look.files) {
      return next;
    }
    if (clock_.steady_now() >= end) {
      const std::string_view path = path_of_change(look.files, next.files);
      next.loaded =
          fail(ErrorCode::kUsage,
               fmt::format("{}: it keeps changing, reload again once it is written",
                           printable(path.empty() ? std::string_view{source_.file} : path)));
      return next;
    }
    look = std::move(next);
  }
}

bool Reloader::reload_if_changed() {
  const std::lock_guard lock(reload_mutex_);
  config::Look look = look_again();
  const bool same = look.loaded ? last_error_.empty() && look.loaded->config == config_
                                : look.loaded.error().message == last_error_;
  if (same) {
    change_.reset();
    return false;
  }
  if (!change_ || change_->files != look.files) {
    note_change(std::move(look.files));
  }
  if (clock_.steady_now() - change_->seen < kSettleTime) {
    return true;
  }
  // What became of it is in the log.
  static_cast<void>(take(std::move(look.loaded)));
  return false;
}

void Reloader::note_change(std::vector<config::SeenFile> files) {
  const SteadyTime now = clock_.steady_now();
  if (!change_) {
    change_ = Change{std::move(files), now, now};
    return;
  }
  const std::string path(path_of_change(change_->files, files));
  change_->files = std::move(files);
  change_->seen = now;
  if (!change_->told && now - change_->began >= kLongChange) {
    change_->told = true;
    log::warn("the configuration keeps changing, it is loaded once it stays the same",
              {{"file", path.empty() ? source_.file : path}});
  }
}

void Reloader::pause_thread(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

Result<void> Reloader::take(Result<config::Loaded> loaded) {
  change_.reset();
  hooks_.on_begin();
  Result<void> taken;
  if (loaded) {
    log_warnings(loaded->warnings);
    taken = hooks_.apply(loaded->config);
  } else {
    taken = tl::unexpected(loaded.error());
  }
  if (taken) {
    const Difference found = difference(config_, loaded->config);
    log::info("configuration reloaded", {{"apps", std::to_string(loaded->config.apps.size())},
                                         {"added", listed(found.added)},
                                         {"removed", listed(found.removed)},
                                         {"changed", listed(found.changed)}});
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
