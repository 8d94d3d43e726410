#include "state/saved_lines.hpp"

#include <algorithm>
#include <utility>

namespace everai::state {

SavedLines::SavedLines(const AppLines& lines, SteadyTime now) {
  for (const auto& [app, line] : lines) {
    entries_.emplace(app, Entry{line.text, line.unconfigured, now});
  }
}

std::shared_ptr<const std::string> SavedLines::update(const AppKey& app,
                                                      std::shared_ptr<const std::string> text) {
  return std::exchange(entries_[app], Entry{.text = std::move(text)}).text;
}

AppLines SavedLines::configure(const std::set<AppKey>& apps, SteadyTime now) {
  forget(now);
  AppLines back;
  for (const AppKey& app : apps) {
    auto found = entries_.find(app);
    if (found == entries_.end()) {
      if (auto of_any_endpoint = entries_.extract({.endpoint = "", .app = app.app})) {
        of_any_endpoint.key() = app;
        found = entries_.insert(std::move(of_any_endpoint)).position;
      }
    }
    if (found != entries_.end() && found->second.since) {
      back.emplace(app, AppLine{.text = found->second.text});
      found->second.since.reset();
      found->second.unconfigured = {};
    }
  }
  for (auto& [app, entry] : entries_) {
    if (!entry.since && !apps.contains(app)) {
      entry.since = now;
    }
  }
  return back;
}

bool SavedLines::any_unconfigured() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const auto& entry) { return entry.second.since.has_value(); });
}

AppLines SavedLines::at(SteadyTime now) {
  forget(now);
  AppLines lines;
  for (const auto& [app, entry] : entries_) {
    lines.emplace_hint(lines.end(), app,
                       AppLine{.text = entry.text, .unconfigured = unconfigured_time(entry, now)});
  }
  return lines;
}

std::chrono::seconds SavedLines::unconfigured_time(const Entry& entry, SteadyTime now) {
  const auto since = entry.since.value_or(now);
  return entry.unconfigured + std::chrono::floor<std::chrono::seconds>(now - since);
}

void SavedLines::forget(SteadyTime now) {
  std::erase_if(entries_, [now](const auto& entry) {
    return unconfigured_time(entry.second, now) >= kUnconfiguredTime;
  });
}

}  // namespace everai::state
