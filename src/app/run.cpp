#include "app/run.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "app/cli.hpp"
#include "app/daemon.hpp"
#include "app/signals.hpp"
#include "util/exit_code.hpp"
#include "util/log.hpp"

namespace everai::app {
namespace {

ExitCode complain(const Error& error, ExitCode code) {
  fmt::print(stderr, "everai_exporter: {}\n", error.message);
  return code;
}

ExitCode run_once(const config::Config& config, const Clock& clock) {
  config::Config without_state = config;
  without_state.state_file.clear();
  const Result<std::unique_ptr<Daemon>> daemon = Daemon::make(without_state, clock);
  if (!daemon) {
    return complain(daemon.error(), ExitCode::kFailure);
  }
  (*daemon)->poll_once();
  fmt::print("{}", (*daemon)->page());
  return (*daemon)->verdict();
}

ExitCode run_daemon(const config::Config& config, const Clock& clock) {
  const StopSignals signals;
  const Result<std::unique_ptr<Daemon>> daemon = Daemon::make(config, clock);
  if (!daemon) {
    return complain(daemon.error(), ExitCode::kFailure);
  }
  if (const Result<void> started = (*daemon)->start(); !started) {
    return complain(started.error(), ExitCode::kFailure);
  }
  const int signal = signals.wait();
  log::info("stopping", {{"signal", std::to_string(signal)}});
  return ExitCode::kOk;
}

ExitCode run_exporter(const RunExporter& command) {
  log::configure(command.config.log_level, command.config.log_format);
  ignore_sigpipe();
  const SystemClock clock;
  return command.once ? run_once(command.config, clock) : run_daemon(command.config, clock);
}

}  // namespace

int run(int argc, const char* const* argv) {
  const Result<Command> command = parse_command_line(argc, argv);
  ExitCode code = ExitCode::kOk;
  if (!command) {
    code = complain({command.error().code, command.error().message + " (see --help)"},
                    ExitCode::kUsage);
  } else if (const auto* text = std::get_if<ShowText>(&*command)) {
    fmt::print("{}", text->text);
  } else {
    code = run_exporter(std::get<RunExporter>(*command));
  }
  return static_cast<int>(code);
}

}  // namespace everai::app
