#include "state/keeper.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "util/log.hpp"

namespace everai::state {
namespace {

std::shared_ptr<const std::string> line_of(const AppKey& app, const AppMemory& memory) {
  return std::make_shared<const std::string>(render_saved_app(app, memory));
}

/// An app that is not polled well for a while must not be lost by the saving of others.
StateText text_of(const SavedState& saved) {
  StateText text{.app_lines = {}, .device_errors = saved.device_errors};
  for (const SavedApp& app : saved.apps) {
    text.app_lines.emplace(app.key, AppLine{line_of(app.key, app.memory), app.unconfigured});
  }
  return text;
}

void log_lost(const std::string& app, const std::string& why) {
  log::error("a part of the state is lost", {{"app", app}, {"error", why}});
}

void log_damages(const std::string& path, const SavedState& saved) {
  for (const Damage& damage : saved.damages) {
    const std::string line = damage.line > 0 ? fmt::format("line {}: ", damage.line) : "";
    log_lost(damage.app ? api::to_string(*damage.app) : "unknown",
             fmt::format("state file {}: {}{}", path, line, damage.reason));
  }
  if (const std::size_t more = saved.damage_count - saved.damages.size(); more > 0) {
    log::error("more parts of the state are lost",
               {{"file", path}, {"parts", std::to_string(more)}});
  }
}

}  // namespace

Result<OpenedState> open_state(const std::string& path, const Clock& clock) {
  OpenedState opened;
  if (path.empty()) {
    return opened;
  }
  Result<StateFile> file = StateFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  Result<std::optional<SavedState>> saved = file->load(clock.system_now());
  if (!saved) {
    log::error("the state is lost, counters begin at 0", {{"error", saved.error().message}});
  } else if (*saved) {
    opened.saved = std::move(**saved);
    log_damages(file->path(), opened.saved);
    log::info("read the state",
              {{"file", file->path()}, {"apps", std::to_string(opened.saved.apps.size())}});
  }
  opened.file = std::move(*file);
  return opened;
}

Keeper::Keeper(std::optional<StateFile> file, SavedState saved, const Clock& clock,
               std::function<void()> on_kept)
    : device_errors_(saved.device_errors) {
  if (!file) {
    return;
  }
  writer_.emplace(std::move(*file), clock, text_of(saved),
                  StateWriterOptions{.on_settled = std::move(on_kept)});
  for (SavedApp& app : saved.apps) {
    memories_.emplace(std::move(app.key), std::move(app.memory));
  }
}

void Keeper::start() {
  if (writer_) {
    writer_->start();
  }
}

void Keeper::finish() {
  if (writer_) {
    writer_->finish();
  }
}

StateWriter::Ticket Keeper::keep(const AppKey& app, const Reduced& reduced, bool urgent) {
  for (const std::string& device : reduced.errored_devices) {
    device_errors_.add(device);
  }
  if (!writer_) {
    return 0;
  }
  if (!reduced.errored_devices.empty()) {
    writer_->update_devices(device_errors_);
  }
  return writer_->update(app, line_of(app, reduced.memory), urgent);
}

AppMemories Keeper::configure(const std::set<AppKey>& apps) {
  AppMemories back;
  if (!writer_) {
    return back;
  }
  // Once apps are configured the texts are newer than these.
  AppMemories read = std::exchange(memories_, {});
  for (const auto& [app, line] : writer_->configure(apps)) {
    if (auto as_read = read.extract(app)) {
      back.emplace(app, std::move(as_read.mapped()));
      continue;
    }
    Result<SavedApp> saved = parse_saved_app(*line.text);
    if (!saved) {
      log_lost(api::to_string(app.app), saved.error().message);
      continue;
    }
    // The endpoint may not have been known.
    writer_->update(app, line_of(app, saved->memory), false);
    back.emplace(app, std::move(saved->memory));
  }
  return back;
}

StateWriter::Ticket Keeper::kept() const {
  return writer_ ? writer_->settled() : 0;
}

std::optional<StateStatus> Keeper::status() const {
  return writer_ ? writer_->status() : std::nullopt;
}

}  // namespace everai::state
