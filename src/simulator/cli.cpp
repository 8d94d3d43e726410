#include "simulator/cli.hpp"

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "api/token.hpp"
#include "cli/parse_flags.hpp"
#include "config/listen_address.hpp"
#include "simulator/scale_answer.hpp"
#include "util/clock.hpp"
#include "util/exit_code.hpp"
#include "util/log.hpp"
#include "util/program.hpp"
#include "util/standard_output.hpp"
#include "util/text.hpp"
#include "util/version.hpp"

namespace everai::simulator {
namespace {

constexpr double kMostTimeFactor = 3600;
constexpr std::chrono::seconds kShortestDay{10};

cxxopts::Options make_options() {
  cxxopts::Options options(
      "everai_simulator",
      "A fake EverAI platform with a living fleet.\n"
      "The token that its API asks for is read from --token-file, or else from "
      "EVERAI_TOKEN; without one it asks for none.\n"
      "Exit codes: 0 ended as asked, 1 could not start or go on, 2 wrong flags.\n");
  const auto text = [] { return cxxopts::value<std::string>(); };
  auto add = options.add_options();
  add("listen-address", "HOST:PORT to serve the API on; port 0 takes any free one",
      text()->default_value("127.0.0.1:10881"), "ADDRESS");
  add("app", "an app as NAMESPACE/NAME; repeatable (default: three apps)",
      cxxopts::value<std::vector<std::string>>(), "APP");
  add("scenario", "how the fleet lives: " + scenario_names(), text()->default_value("demo"),
      "NAME");
  add("seed", "the same seed makes the same fleet", text()->default_value("1"), "NUMBER");
  add("time-factor", "simulated seconds in a real one, above 0 and up to 3600",
      text()->default_value("1"), "NUMBER");
  add("day-length", "length of the daily curve of requests, such as 10m (default: the scenario's)",
      text(), "DURATION");
  add("fault", "a fault as NAME=VALUE, on top of the scenario's; repeatable, see below",
      cxxopts::value<std::vector<std::string>>(), "FAULT");
  add("int64-as-strings", "write counts as strings, as protobuf writes 64-bit numbers");
  add("paused", "start with simulated time frozen; POST /simulator/resume thaws it");
  add("token-file", "file that holds the token", text(), "FILE");
  add("log.level", "debug, info, warn or error", text()->default_value("info"), "LEVEL");
  add("version", "show the version and end");
  add("h,help", "show this and end");
  return options;
}

template <typename T>
Result<T> parse_number(const char* flag, const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end) {
    return fail(ErrorCode::kUsage, fmt::format("--{}: '{}' is no number", flag, printable(text)));
  }
  return number;
}

Result<api::AppRef> parse_app(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
      text.find('/', slash + 1) != std::string::npos) {
    return fail(ErrorCode::kUsage,
                fmt::format("--app: '{}' is not NAMESPACE/NAME", printable(text)));
  }
  return api::AppRef{text.substr(0, slash), text.substr(slash + 1)};
}

Result<void> set_address(const std::string& text, ServerOptions& server) {
  Result<config::ListenAddress> address = config::parse_listen_address(text);
  if (!address || address->host.empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("--listen-address: {}",
                            address ? fmt::format("'{}' has no host, expected HOST:PORT", text)
                                    : address.error().message));
  }
  server.port = address->port;
  server.host = std::move(address->host);
  return {};
}

Result<void> set_faults(const cxxopts::ParseResult& flags, std::vector<AppProfile>& apps) {
  if (flags.count("fault") == 0) {
    return {};
  }
  for (const std::string& text : flags["fault"].as<std::vector<std::string>>()) {
    for (AppProfile& app : apps) {
      if (const auto set = set_fault(app.faults, text); !set) {
        return fail(ErrorCode::kUsage, "--fault: " + set.error().message);
      }
    }
  }
  return {};
}

Result<void> set_world(const cxxopts::ParseResult& flags, WorldOptions& world) {
  std::vector<api::AppRef> apps;
  if (flags.count("app") > 0) {
    for (const std::string& text : flags["app"].as<std::vector<std::string>>()) {
      auto app = parse_app(text);
      if (!app) {
        return tl::unexpected(app.error());
      }
      if (std::find(apps.begin(), apps.end(), *app) != apps.end()) {
        return fail(ErrorCode::kUsage, fmt::format("--app: '{}' is named twice", printable(text)));
      }
      apps.push_back(*std::move(app));
    }
  }
  auto fleets = make_fleets(flags["scenario"].as<std::string>(), apps);
  if (!fleets) {
    return fail(ErrorCode::kUsage, "--scenario: " + fleets.error().message);
  }
  const auto seed = parse_number<std::uint64_t>("seed", flags["seed"].as<std::string>());
  if (!seed) {
    return tl::unexpected(seed.error());
  }
  world.seed = *seed;
  world.apps = std::move(fleets->apps);
  if (auto set = set_faults(flags, world.apps); !set) {
    return set;
  }
  world.day_length = fleets->day_length;
  if (flags.count("day-length") > 0) {
    const auto length = parse_duration(flags["day-length"].as<std::string>());
    if (!length || *length < kShortestDay) {
      return fail(ErrorCode::kUsage, length ? "--day-length: the shortest day is 10s"
                                            : "--day-length: " + length.error().message);
    }
    world.day_length = *length;
  }
  return {};
}

Result<void> set_platform(const cxxopts::ParseResult& flags, std::string_view env_token,
                          PlatformOptions& platform) {
  const auto factor = parse_number<double>("time-factor", flags["time-factor"].as<std::string>());
  if (!factor) {
    return tl::unexpected(factor.error());
  }
  if (!(*factor > 0 && *factor <= kMostTimeFactor)) {
    return fail(ErrorCode::kUsage, "--time-factor: it must be above 0 and at most 3600");
  }
  platform.time_factor = *factor;
  platform.paused = flags["paused"].as<bool>();
  platform.int64_form =
      flags["int64-as-strings"].as<bool>() ? Int64Form::kString : Int64Form::kNumber;
  platform.token = Secret(std::string(env_token));
  if (flags.count("token-file") > 0) {
    auto token = api::load_token(flags["token-file"].as<std::string>());
    if (!token) {
      return fail(ErrorCode::kUsage, fmt::format("--token-file: {}", token.error().message));
    }
    platform.token = *std::move(token);
  }
  return set_world(flags, platform.world);
}

Result<CommandLine> read_flags(const cxxopts::ParseResult& flags, std::string_view env_token,
                               Timestamp now) {
  CommandLine line;
  if (flags.count("help") > 0 || flags.count("version") > 0) {
    line.action = flags.count("help") > 0 ? CommandLine::Action::kShowHelp
                                          : CommandLine::Action::kShowVersion;
    return line;
  }
  if (!flags.unmatched().empty()) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no flag", printable(flags.unmatched().front())));
  }
  const auto level = log::parse_level(flags["log.level"].as<std::string>());
  if (!level) {
    return fail(ErrorCode::kUsage, "--log.level: " + level.error().message);
  }
  line.log_level = *level;
  if (auto set = set_address(flags["listen-address"].as<std::string>(), line.server); !set) {
    return tl::unexpected(set.error());
  }
  if (auto set = set_platform(flags, env_token, line.server.platform); !set) {
    return tl::unexpected(set.error());
  }
  line.server.platform.world.start = std::chrono::floor<std::chrono::milliseconds>(now);
  return line;
}

/// Waits until the program is to end. @return the signal that says so.
const char* wait_for_end() {
  sigset_t signals{};
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  struct sigaction at_hangup {};
  sigaction(SIGHUP, nullptr, &at_hangup);
  // nohup(1) has it ignored.
  if (at_hangup.sa_handler != SIG_IGN) {
    sigaddset(&signals, SIGHUP);
  }
  int received = 0;
  while (sigwait(&signals, &received) != 0) {
  }
  return received == SIGTERM ? "SIGTERM" : received == SIGINT ? "SIGINT" : "SIGHUP";
}

ExitCode serve(CommandLine line) {
  hold_signals();
  log::configure(line.log_level, log::Format::kLogfmt);
  log::run_in_background();
  const bool asks_for_token = !line.server.platform.token.empty();
  Server server(std::move(line.server));
  if (const auto started = server.start(); !started) {
    log::error(started.error().message);
    return ExitCode::kFailure;
  }
  log::info("listening",
            {{"url", server.url()}, {"token", asks_for_token ? "required" : "not required"}});
  log::info("stopping", {{"signal", wait_for_end()}});
  return ExitCode::kOk;
}

std::string help_text() {
  return fmt::format(
      "{}\n"
      "Faults (a share of answers, objects, fields or workers, a duration, or a name):\n{}\n"
      "Values of scale-answer (the change is made, but for a refusal):\n{}",
      make_options().help(), describe_faults(), describe_scale_answers());
}

std::string version_text() {
  return fmt::format("everai_simulator {}\n", version());
}

ExitCode show(const CommandLine& line) {
  release_signals();
  const bool helps = line.action == CommandLine::Action::kShowHelp;
  if (const auto printed = print_out(helps ? help_text() : version_text()); !printed) {
    log::print("everai_simulator: " + printed.error().message);
    return ExitCode::kFailure;
  }
  return ExitCode::kOk;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv,
                                       std::string_view env_token, Timestamp now) {
  cxxopts::Options options = make_options();
  return cli::parse_flags(options, argc, argv, {"app", "fault"})
      .and_then([env_token, now](const cxxopts::ParseResult& flags) {
        return read_flags(flags, env_token, now);
      });
}

int run(int argc, const char* const* argv) {
  return run_program("everai_simulator", [argc, argv] {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    const char* const token = std::getenv("EVERAI_TOKEN");
    auto line =
        parse_command_line(argc, argv, token == nullptr ? "" : token, SystemClock().system_now());
    if (!line) {
      log::print("everai_simulator: " + line.error().message + "; see --help");
      return ExitCode::kUsage;
    }
    return line->action == CommandLine::Action::kServe ? serve(*std::move(line)) : show(*line);
  });
}

}  // namespace everai::simulator
