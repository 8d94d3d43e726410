#include "workers/run.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "api/token.hpp"
#include "util/clock.hpp"
#include "util/exit_code.hpp"
#include "util/program.hpp"
#include "util/read_file.hpp"
#include "workers/cli.hpp"
#include "workers/commands.hpp"
#include "workers/console.hpp"
#include "workers/platform.hpp"

namespace everai::workers {
namespace {

/// Who writes the token may have to ask a person for a passphrase first.
constexpr std::chrono::minutes kPipeTime{1};

struct FoundApp {
  config::AppConfig app;
  std::vector<std::string> warnings;
};

/// What holds for an app: by the configuration file if that has the app, else by all that is
/// common.
Result<FoundApp> find_app(config::Source source, const api::AppRef& wanted) {
  source.only = {wanted, "the command line"};
  return config::load(source).map([](config::Loaded loaded) {
    return FoundApp{std::move(loaded.config.apps.front()), std::move(loaded.warnings)};
  });
}

/// Reads the token of a pipe, such as `<(command)`, once and for all; a file is read anew for each
/// request, and a pipe can be read only once.
Result<void> take_token_of_pipe(config::AppConfig& app) {
  const std::string path = app.account->token_file;
  if (path.empty() || !is_pipe(path)) {
    return {};
  }
  return api::load_token_or_pipe(path, kPipeTime).map([&app](Secret token) {
    auto account = std::make_shared<api::Account>(*app.account);
    account->token = std::move(token);
    account->token_file.clear();
    app.account = std::move(account);
  });
}

ExitCode run_command(const Command& command, Console& console) {
  Result<FoundApp> found = find_app(command.source, command.app);
  if (!found) {
    return refuse(console, command, found.error());
  }
  for (const std::string& warning : found->warnings) {
    console.say("warning: " + warning);
  }
  if (const Result<void> taken = take_token_of_pipe(found->app); !taken) {
    return refuse(console, command, taken.error());
  }
  const SystemClock clock;
  Result<Platform> platform = Platform::make(std::move(found->app), command.call_time, clock);
  if (!platform) {
    return refuse(console, command, platform.error());
  }
  const Session session{*platform, console, clock, command.recent_days};
  if (const auto* list = std::get_if<List>(&command.action)) {
    return run_list(session, *list);
  }
  if (const auto* up = std::get_if<ScaleUp>(&command.action)) {
    return run_scale_up(session, *up);
  }
  return run_scale_down(session, std::get<ScaleDown>(command.action));
}

ExitCode run_checked(int argc, const char* const* argv) {
  Console console;
  const auto parsed = parse_command_line(argc, argv);
  ExitCode code = ExitCode::kOk;
  if (!parsed) {
    console.say(parsed.error().message + " (see --help)");
    code = ExitCode::kUsage;
  } else if (const auto* text = std::get_if<ShowText>(&*parsed)) {
    if (const Result<void> printed = console.print(text->text); !printed) {
      console.say(printed.error().message);
      code = ExitCode::kFailure;
    }
  } else {
    code = run_command(std::get<Command>(*parsed), console);
  }
  return code;
}

}  // namespace

int run(int argc, const char* const* argv) {
  return run_program("everai_workers", [argc, argv] { return run_checked(argc, argv); });
}

}  // namespace everai::workers
