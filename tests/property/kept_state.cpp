#include "property/kept_state.hpp"

#include <memory>
#include <set>
#include <utility>

#include "state/saved_state.hpp"

namespace everai::property {

void KeptState::keep(const state::AppKey& app, const state::AppMemory& memory) {
  lines_.update(app, std::make_shared<const std::string>(state::render_saved_app(app, memory)));
}

void KeptState::write(SteadyTime now) {
  file_ = state::render_saved_state(lines_.at(now), {});
}

state::AppMemory KeptState::configure(const std::optional<state::AppKey>& app, SteadyTime now) {
  std::set<state::AppKey> apps;
  if (app) {
    apps.insert(*app);
  }
  state::AppLines back = lines_.configure(apps, now);
  return back.empty() ? state::AppMemory{}
                      : state::parse_saved_app(*back.begin()->second.text).value().memory;
}

state::AppMemory KeptState::start(const std::optional<state::AppKey>& app, SteadyTime now) {
  state::AppLines lines;
  if (!file_.empty()) {
    const Result<state::SavedState> state = state::parse_saved_state(file_);
    for (const state::SavedApp& saved : state.value().apps) {
      lines[saved.key] = {.text = std::make_shared<const std::string>(
                              state::render_saved_app(saved.key, saved.memory)),
                          .unconfigured = saved.unconfigured};
    }
  }
  lines_ = state::SavedLines(lines, now);
  return configure(app, now);
}

}  // namespace everai::property
