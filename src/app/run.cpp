#include "app/run.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
#include "util/watchdog.hpp"
#include "web/health_check.hpp"

namespace everai::app {
namespace {

/// Less than those who ask for the health of containers wait.
constexpr std::chrono::seconds kHealthCheckTimeout{3};

/// How long a start waits for the state to be read.
constexpr std::chrono::seconds kOpenTimeout{20};

/// How long a stop may take, and the last save as a part of it: with the time for the log, less
/// than the 10 s after which Docker kills.
constexpr std::chrono::seconds kStopTimeout{8};
constexpr std::chrono::seconds kLastSaveTimeout{5};

ExitCode complain(const Error& error, ExitCode code) {
  log::print("everai_exporter: " + error.message);
  return code;
}

/// A configuration that is wrong is the user's to mend, the rest is not.
ExitCode complain(const Error& error) {
  return complain(error, error.code == ErrorCode::kUsage ? ExitCode::kUsage : ExitCode::kFailure);
}

/// Ends the process without the threads that hang, which nothing could end before the disk answers
/// or a client leaves.
[[noreturn]] void give_up(std::string_view what) {
  log::error("gave up waiting", {{"for", what}});
  end_program(ExitCode::kFailure);
}

Result<state::OpenedState> open_state(const std::string& path, const Clock& clock,
                                      Watchdog& watchdog) {
  const Watchdog::Watch watch =
      watchdog.watch(kOpenTimeout, kOpenTimeout, [] { give_up("the disk with the state file"); });
  return state::open_state(path, clock);
}

/// Polls end first: what they found is saved and still served. The whole takes no longer than
/// `kStopTimeout`.
void stop(std::unique_ptr<Daemon> daemon, Watchdog& watchdog) {
  const auto begin = std::chrono::steady_clock::now();
  {
    const Watchdog::Watch watch = watchdog.watch(kLastSaveTimeout, kLastSaveTimeout,
                                                 [] { give_up("the last save of the state"); });
    daemon->stop_polling();
  }
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(begin + kStopTimeout -
                                                                  std::chrono::steady_clock::now());
  const Watchdog::Watch watch =
      watchdog.watch(rest, kStopTimeout, [] { give_up("connections to close"); });
  daemon.reset();
}

ExitCode run_once(const RunExporter& command, const Clock& clock) {
  Result<config::Loaded> loaded = config::load(command.source);
  if (!loaded) {
    return complain(loaded.error());
  }
  // Without the state: a look at the metrics must not disturb the exporter that keeps it.
  const Result<std::unique_ptr<Daemon>> daemon =
      Daemon::make(command, std::move(*loaded), {}, clock);
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
  Watchdog watchdog;
  Result<config::Loaded> loaded = config::load(command.source);
  if (!loaded) {
    return complain(loaded.error());
  }
  Result<state::OpenedState> opened = open_state(command.options.state_file, clock, watchdog);
  if (!opened) {
    return complain(opened.error());
  }
  Result<std::unique_ptr<Daemon>> daemon =
      Daemon::make(command, std::move(*loaded), std::move(*opened), clock);
  if (!daemon) {
    return complain(daemon.error());
  }
  if (const Result<void> started = (*daemon)->start(); !started) {
    const ExitCode code = complain(started.error());
    stop(std::move(*daemon), watchdog);
    return code;
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
      stop(std::move(*daemon), watchdog);
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
      return check_config(command.source, command.options.state_file);
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
