#include "state/keeper.hpp"

#include <memory>
#include <utility>

#include "util/log.hpp"

namespace everai::state {
namespace {

std::shared_ptr<const std::string> line_of(const api::AppRef& app, const AppMemory& memory) {
  return std::make_shared<const std::string>(render_saved_app(app, memory));
}

/// An app that is not polled well for a while must not be lost by the saving of others.
StateText text_of(const std::set<api::AppRef>& apps, const SavedState& saved) {
  StateText text{.app_lines = {}, .device_errors = saved.device_errors};
  for (const SavedState::App& app : saved.apps) {
    if (apps.contains(app.app)) {
      text.app_lines.emplace(app.app, line_of(app.app, app.memory));
    }
  }
  return text;
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
    log::info("read the state",
              {{"file", file->path()}, {"apps", std::to_string(opened.saved.apps.size())}});
  }
  opened.file = std::move(*file);
  return opened;
}

Keeper::Keeper(const std::set<api::AppRef>& apps, std::optional<StateFile> file,
               const SavedState& saved, const Clock& clock, std::function<void()> on_kept)
    : device_errors_(saved.device_errors) {
  if (file) {
    writer_.emplace(std::move(*file), clock, text_of(apps, saved),
                    StateWriterOptions{.on_settled = std::move(on_kept)});
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

StateWriter::Ticket Keeper::keep(const api::AppRef& app, const Reduced& reduced, bool urgent) {
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

void Keeper::retain(const std::set<api::AppRef>& apps) {
  if (writer_) {
    writer_->retain(apps);
  }
}

StateWriter::Ticket Keeper::kept() const {
  return writer_ ? writer_->settled() : 0;
}

std::optional<StateStatus> Keeper::status() const {
  return writer_ ? writer_->status() : std::nullopt;
}

}  // namespace everai::state
