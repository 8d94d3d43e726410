#include "app/cli.hpp"

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/common_flags.hpp"
#include "cli/parse_flags.hpp"
#include "cli/reader.hpp"
#include "config/listen_address.hpp"
#include "config/parse.hpp"
#include "util/text.hpp"
#include "util/time.hpp"
#include "util/version.hpp"

namespace everai::app {
namespace {

constexpr const char* kDescription =
    "Polls the workers of EverAI apps and serves what it finds to Prometheus.\n\n"
    "Flags go before the global block of the configuration file, and this before the\n"
    "environment: EVERAI_ENDPOINT and EVERAI_TOKEN, the API's token, which no flag\n"
    "takes. What an app of the file says of itself goes before all of them.\n\n"
    "Exit codes: 0 ended as asked, 1 could not start or go on, 2 wrong flags or\n"
    "configuration; with --once also 3 to 5, see there. A reader of standard output that\n"
    "leaves early, such as head, is no failure.\n";

/// Paths that are answered by other handlers, or will be.
constexpr std::array<std::string_view, 2> kTakenPaths{"/", "/status.json"};
constexpr std::string_view kOwnPaths = "/-/";
/// Three times as many, as they may be encoded, are far from what anyone limits.
constexpr std::size_t kMaxPathBytes = 256;

void add_platform_flags(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Platform")  //
      ("app", "An app to watch, beside those of the file; may be given again",
       cxxopts::value<std::vector<std::string>>(), "NAMESPACE/NAME")  //
      ("shard",
       "Which of the exporters this is that share all the apps; from 0, goes with --total-shards",
       text(), "NUMBER")  //
      ("total-shards", "How many exporters share all the apps", text(), "COUNT");
  cli::add_account_flags(options.add_options("Platform"));
  options.add_options("Polling")  //
      ("scrape.interval", "Time between two polls of an app", text()->default_value("30s"),
       "DURATION")  //
      ("scrape.timeout",
       "Longest time that a poll may take; if it is not given, at most the interval",
       text()->default_value("10s"), "DURATION")  //
      ("once",
       "Poll every app once, print the metrics and end; the exit code tells the worst "
       "failure: 2 no such app, 3 token refused, 4 no answer, 5 answer not understood");
  options.add_options("Metrics")                                                     //
      ("collector.workers", "Serve series for each worker too, at most 500 an app")  //
      ("slo.objective", "Share of requests that are to succeed", text()->default_value("0.99"),
       "RATIO")  //
      ("queue.backlog-threshold", "Length from which a queue counts as a backlog",
       text()->default_value("10"), "COUNT")  //
      ("gpu.price", "What an hour of a GPU model costs; may be given again",
       cxxopts::value<std::vector<std::string>>(), "'MODEL=PRICE [CURRENCY]'");
}

void add_program_flags(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Configuration")                                                    //
      ("config.file", "Configuration in YAML; SIGHUP has it read again", text(), "FILE")  //
      ("config.check",
       "Read the configuration, print what would run, without secrets, and end; the exit code is "
       "2 if something is wrong with it")  //
      ("config.auto-reload-interval",
       "How often to look whether the configuration file, or one that it names, has changed, and "
       "to read it again once the change has stayed for 2 s; 0: never",
       text()->default_value("0s"), "DURATION");
  options.add_options("State")  //
      ("state.file",
       "File that keeps the counters from one run to the next; a lock file stands beside it. "
       "Without it they begin at 0. --once does not touch it",
       text(), "FILE");
  options.add_options("Web")  //
      ("web.listen-address",
       "Where to serve; without a host, or with * for it: every address, IPv4 and IPv6; may be "
       "given again",
       cxxopts::value<std::vector<std::string>>()->default_value(":10880"), "ADDRESS")  //
      ("web.systemd-socket",
       "Serve on the sockets that systemd passes, instead of on --web.listen-address")  //
      ("web.telemetry-path", "Where the metrics are", text()->default_value("/metrics"),
       "PATH")                                                                         //
      ("web.enable-lifecycle", "Read the configuration again at a POST to /-/reload")  //
      ("web.check-health",
       "Ask the exporter at the first --web.listen-address of this machine for its health, and "
       "end; the exit code is 1 if it is not well");
  options.add_options("General")  //
      ("log.level", "Least level that is logged: debug, info, warn, error",
       text()->default_value("info"), "LEVEL")                                                    //
      ("log.format", "Form of the log: logfmt, json", text()->default_value("logfmt"), "FORMAT")  //
      ("version", "Print the version and end")                                                    //
      ("h,help", "Print this and end");
}

cxxopts::Options make_options() {
  cxxopts::Options options("everai_exporter", kDescription);
  options.custom_help("[OPTION...]");
  options.set_width(100);
  add_platform_flags(options);
  add_program_flags(options);
  return options;
}

/// Clients and proxies leave out `.` and `..`, and make one slash of several.
bool has_lost_segments(std::string_view path) {
  for (;;) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment == "." || segment == ".." || (segment.empty() && !path.empty())) {
      return true;
    }
    if (path.empty()) {
      return false;
    }
  }
}

Result<std::string> parse_telemetry_path(std::string_view text) {
  const bool is_path =
      text.starts_with('/') &&
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; }) &&
      text.find_first_of("?#%\"<>\\") == std::string_view::npos;
  if (!is_path) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no path such as /metrics", presentable(text, 80)));
  }
  if (text.size() > kMaxPathBytes) {
    return fail(ErrorCode::kUsage, fmt::format("the path has {} bytes, expected at most {}",
                                               text.size(), kMaxPathBytes));
  }
  const bool is_taken =
      text.starts_with(kOwnPaths) ||
      std::find(kTakenPaths.begin(), kTakenPaths.end(), text) != kTakenPaths.end();
  if (is_taken) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' has a meaning of its own, expected another "
                                               "path such as /metrics",
                                               text));
  }
  if (has_lost_segments(text)) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' cannot be asked for: clients and proxies shorten '.', '..' and "
                            "'//', expected another path such as /metrics",
                            text));
  }
  return std::string(text);
}

Result<std::chrono::milliseconds> parse_reload_interval(std::string_view text) {
  const Result<std::chrono::milliseconds> interval = parse_duration(text);
  return interval && interval->count() == 0 ? interval : config::parse_interval(text);
}

config::Block read_flags(cli::Reader& reader) {
  config::Block block;
  cli::read_account_flags(reader, block);
  reader.read_given("scrape.interval", block.scrape_interval, config::parse_interval);
  reader.read_given("scrape.timeout", block.scrape_timeout, config::parse_timeout);
  reader.read_given("slo.objective", block.slo_objective, config::parse_ratio);
  reader.read_given("queue.backlog-threshold", block.queue_backlog_threshold, config::parse_count);
  if (reader.has("gpu.price")) {
    block.gpu_prices = {{}, cli::Reader::origin_of("gpu.price")};
    reader.read_each("gpu.price", [&block](const std::string& text) -> Result<void> {
      return config::parse_gpu_price(text).and_then([&block](config::GpuPrice price) {
        return config::add_price(block.gpu_prices->value, std::move(price));
      });
    });
  }
  return block;
}

Result<config::Shard> read_shard(cli::Reader& reader) {
  config::Shard shard;
  for (const auto& [flag, other] :
       {std::pair{"shard", "total-shards"}, {"total-shards", "shard"}}) {
    if (reader.has(flag) && !reader.has(other)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--{}: --{} is not given, expected both or none", flag, other));
    }
  }
  if (reader.has("shard")) {
    reader.read("shard", shard.number, config::parse_shard_number);
    reader.read("total-shards", shard.total, config::parse_total_shards);
  }
  if (reader.result() && shard.number >= shard.total) {
    return fail(ErrorCode::kUsage, fmt::format("--shard: {} is none of {} shards, expected 0 to {}",
                                               shard.number, shard.total, shard.total - 1));
  }
  return shard;
}

Options read_options(cli::Reader& reader) {
  Options options;
  if (reader.has("state.file")) {
    reader.read("state.file", options.state_file, config::parse_path);
  }
  options.collect_workers = reader.is_on("collector.workers");
  reader.read_each("web.listen-address", [&options](const std::string& text) -> Result<void> {
    return config::parse_listen_address(text).and_then([&options](config::ListenAddress address) {
      return config::add_listen_address(options.listen, std::move(address));
    });
  });
  options.passed_listeners = reader.is_on("web.systemd-socket");
  reader.read("web.telemetry-path", options.telemetry_path, parse_telemetry_path);
  options.lifecycle = reader.is_on("web.enable-lifecycle");
  reader.read("config.auto-reload-interval", options.auto_reload_interval, parse_reload_interval);
  reader.read("log.level", options.log_level, log::parse_level);
  reader.read("log.format", options.log_format, log::parse_format);
  return options;
}

/// What is to be done instead of serving, of which there can be one.
Result<RunExporter::Mode> read_mode(const cli::Reader& reader) {
  using Mode = RunExporter::Mode;
  Mode mode = Mode::kServe;
  const char* given = nullptr;
  for (const auto& [flag, meaning] : {std::pair{"once", Mode::kOnce},
                                      {"config.check", Mode::kCheck},
                                      {"web.check-health", Mode::kCheckHealth}}) {
    if (!reader.is_on(flag)) {
      continue;
    }
    if (given != nullptr) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--{}: --{} is given too, expected one of them", given, flag));
    }
    given = flag;
    mode = meaning;
  }
  return mode;
}

Result<Command> read_command(const cxxopts::ParseResult& flags) {
  cli::Reader reader(flags);
  RunExporter command;
  if (reader.has("config.file")) {
    reader.read("config.file", command.source.file, config::parse_path);
  }
  reader.read_each("app", [&command](const std::string& text) -> Result<void> {
    return config::parse_app(text).map([&command](api::AppRef app) {
      command.source.apps.push_back({std::move(app), cli::Reader::origin_of("app")});
    });
  });
  command.source.flags = read_flags(reader);
  command.source.environment = cli::read_environment(reader);
  command.source.proxies = cli::read_proxy_environment();
  command.options = read_options(reader);
  const Result<config::Shard> shard = read_shard(reader);
  if (!reader.result()) {
    return tl::unexpected(reader.result().error());
  }
  if (!shard) {
    return tl::unexpected(shard.error());
  }
  command.source.shard = *shard;
  if (command.options.passed_listeners && reader.has("web.listen-address")) {
    return fail(ErrorCode::kUsage,
                "--web.systemd-socket: --web.listen-address is given too, expected one of them");
  }
  if (command.options.auto_reload_interval.count() > 0 && command.source.file.empty()) {
    return fail(ErrorCode::kUsage,
                "--config.auto-reload-interval: there is nothing to read again, expected "
                "--config.file beside it");
  }
  const Result<RunExporter::Mode> mode = read_mode(reader);
  if (!mode) {
    return tl::unexpected(mode.error());
  }
  command.mode = *mode;
  return command;
}

}  // namespace

Result<Command> parse_command_line(int argc, const char* const* argv) {
  cxxopts::Options options = make_options();
  const Result<cxxopts::ParseResult> flags =
      cli::parse_flags(options, argc, argv, {"app", "gpu.price", "web.listen-address"});
  if (!flags) {
    return tl::unexpected(flags.error());
  }
  if (!flags->unmatched().empty()) {
    return fail(ErrorCode::kUsage, fmt::format("unexpected argument '{}'",
                                               presentable(flags->unmatched().front(), 80)));
  }
  if (flags->count("help") != 0) {
    return ShowText{options.help(
        {"Configuration", "Platform", "Polling", "Metrics", "State", "Web", "General"})};
  }
  if (flags->count("version") != 0) {
    return ShowText{cli::version_text("everai_exporter")};
  }
  return read_command(*flags);
}

}  // namespace everai::app
