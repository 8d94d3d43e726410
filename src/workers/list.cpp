#include "util/exit_code.hpp"
#include "workers/commands.hpp"
#include "workers/output.hpp"
#include "workers/plan.hpp"

namespace everai::workers {

ExitCode run_list(Session session, const List& list) {
  const auto complain = [&session](const Error& error) {
    session.console.say(error.message);
    return exit_code_of(error.code);
  };
  const Result<Look> look = session.platform.look(session.recent_days);
  if (!look) {
    return complain(look.error());
  }
  const api::AppRef& app = session.platform.app();
  ExitCode code = ExitCode::kOk;
  if (const Result<void> printed =
          session.console.print(render_workers(app, *look, list.all, list.output));
      !printed) {
    code = complain(printed.error());
  }
  session.console.show(render_summary(app, *look) + '\n');
  for (const std::string& line : gaps_of(*look)) {
    session.console.say(line);
  }
  // Without the history, the workers in error are missing.
  return code == ExitCode::kOk && look->history_error ? exit_code_of(look->history_error->code)
                                                      : code;
}

}  // namespace everai::workers
