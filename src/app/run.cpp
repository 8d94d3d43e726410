#include "app/run.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

#include "app/check.hpp"
#include "app/cli.hpp"
#include "app/daemon.hpp"
#include "app/service_manager.hpp"
#include "app/signals.hpp"
#include "util/exit_code.hpp"
#include "util/log.hpp"
#include "util/program.hpp"
#include "util/standard_output.hpp"
#include "web/health_check.hpp"

namespace everai::app {
namespace {

/// Less than those who ask for the health of containers wait.
constexpr std::chrono::seconds kHealthCheckTimeout{3};

ExitCode complain(const Error& error, ExitCode code) {
  log::print("everai_exporter: " + error.message);
  return code;
}

/// A configuration that is wrong is the user's to mend, the rest is not.
ExitCode complain(const Error& error) {
  return complain(error, error.code == ErrorCode::kUsage ? ExitCode::kUsage : ExitCode::kFailure);
}

ExitCode run_once(const RunExporter& command, const Clock& clock) {
  const Result<std::unique_ptr<Daemon>> daemon = Daemon::make(command, clock);
  if (!daemon) {
    return complain(daemon.error());
  }
  (*daemon)->poll_once();
  if (const Result<void> printed = print_out((*daemon)->page()); !printed) {
    return complain(printed.error());
  }
  return (*daemon)->verdict();
}

ExitCode serve(const RunExporter& command, const Clock& clock) {
  const Signals signals;
  log::run_in_background();
  const Result<std::unique_ptr<Daemon>> daemon = Daemon::make(command, clock);
  if (!daemon) {
    return complain(daemon.error());
  }
  if (const Result<void> started = (*daemon)->start(); !started) {
    return complain(started.error());
  }
  std::chrono::milliseconds until_look = command.options.auto_reload_interval;
  for (;;) {
    const std::optional<int> signal = signals.wait(until_look);
    if (!signal) {
      until_look = (*daemon)->reload_if_changed() ? Reloader::kSettleTime
                                                  : command.options.auto_reload_interval;
    } else if (*signal == SIGHUP) {
      // What became of it is in the log.
      static_cast<void>((*daemon)->reload());
    } else {
      log::info("stopping", {{"signal", std::to_string(*signal)}});
      notify_stopping();
      return ExitCode::kOk;
    }
  }
}

ExitCode check_health(const RunExporter& command) {
  const Result<void> healthy =
      web::check_health(command.options.listen.front(), kHealthCheckTimeout);
  return healthy ? ExitCode::kOk : complain(healthy.error());
}

ExitCode run_exporter(const RunExporter& command) {
  log::configure(command.options.log_level, command.options.log_format);
  const SystemClock clock;
  switch (command.mode) {
    case RunExporter::Mode::kServe:
      return serve(command, clock);
    case RunExporter::Mode::kOnce:
      return run_once(command, clock);
    case RunExporter::Mode::kCheck:
      return check_config(command.source);
    case RunExporter::Mode::kCheckHealth:
      return check_health(command);
  }
  return ExitCode::kFailure;
}

ExitCode run_command(const Command& command) {
  const auto* exporter = std::get_if<RunExporter>(&command);
  if (exporter == nullptr || exporter->mode != RunExporter::Mode::kServe) {
    release_signals();
  }
  if (exporter != nullptr) {
    return run_exporter(*exporter);
  }
  const Result<void> printed = print_out(std::get<ShowText>(command).text);
  return printed ? ExitCode::kOk : complain(printed.error());
}

}  // namespace

int run(int argc, const char* const* argv) {
  return run_program("everai_exporter", [argc, argv] {
    const Result<Command> command = parse_command_line(argc, argv);
    return command ? run_command(*command)
                   : complain({command.error().code, command.error().message + " (see --help)"},
                              ExitCode::kUsage);
  });
}

}  // namespace everai::app
