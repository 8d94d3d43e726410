#include "app/check.hpp"

#include <set>
#include <string>

#include "api/token.hpp"
#include "config/render.hpp"
#include "state/state_place.hpp"
#include "util/log.hpp"
#include "util/standard_output.hpp"

namespace everai::app {

ExitCode check_config(const config::Source& source, const std::string& state_file) {
  const Result<config::Loaded> loaded = config::load(source);
  if (!loaded) {
    log::print("everai_exporter: " + loaded.error().message);
    return ExitCode::kUsage;
  }
  for (const std::string& warning : loaded->warnings) {
    log::print("everai_exporter: warning: " + warning);
  }
  std::set<std::string> token_files;
  for (const config::AppConfig& app : loaded->config.apps) {
    const std::string& file = app.account->token_file;
    if (file.empty() || !token_files.insert(file).second) {
      continue;
    }
    // The exporter would start: the file may come later.
    if (const Result<Secret> token = api::load_token(file); !token) {
      log::print("everai_exporter: warning: " + token.error().message);
    }
  }
  // The folder may come later too.
  if (!state_file.empty()) {
    if (const auto place = state::find_state_place(state_file); !place) {
      log::print("everai_exporter: warning: " + place.error().message);
    }
  }
  if (const Result<void> printed = print_out(config::render(loaded->config)); !printed) {
    log::print("everai_exporter: " + printed.error().message);
    return ExitCode::kFailure;
  }
  return ExitCode::kOk;
}

}  // namespace everai::app
