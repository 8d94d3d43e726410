#include "app/cli.hpp"

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <utility>
#include <vector>

#include "api/token.hpp"
#include "util/text.hpp"
#include "util/version.hpp"

namespace everai::app {
namespace {

constexpr const char* kDescription =
    "Polls the workers of EverAI apps and serves what it finds to Prometheus.\n"
    "The API token comes from the environment variable EVERAI_TOKEN or from a file,\n"
    "never from the command line.\n";

cxxopts::Options make_options() {
  cxxopts::Options options("everai_exporter", kDescription);
  options.custom_help("[OPTION...]");
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Platform")  //
      ("app", "An app to watch; may be given again", cxxopts::value<std::vector<std::string>>(),
       "NAMESPACE/NAME")  //
      ("api.endpoint", "The platform's API; EVERAI_ENDPOINT says the same",
       text()->default_value(std::string(config::kDefaultEndpoint)), "URL")  //
      ("api.token-file", "File that holds the API token; it is read again for every request",
       text(), "FILE");
  options.add_options("Polling")  //
      ("scrape.interval", "Time between two polls of an app", text()->default_value("30s"),
       "DURATION")  //
      ("scrape.timeout", "Longest time that a poll may take", text()->default_value("10s"),
       "DURATION")  //
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
  options.add_options("State")  //
      ("state.file",
       "File that keeps the counters from one run to the next; a lock file stands beside it. "
       "Without it they begin at 0. --once does not touch it",
       text(), "FILE");
  options.add_options("Web")  //
      ("web.listen-address", "Where to serve; without a host: every address, IPv4 and IPv6",
       text()->default_value(":10880"), "ADDRESS");
  options.add_options("General")  //
      ("log.level", "Least level that is logged: debug, info, warn, error",
       text()->default_value("info"), "LEVEL")                                                    //
      ("log.format", "Form of the log: logfmt, json", text()->default_value("logfmt"), "FORMAT")  //
      ("version", "Print the version and end")                                                    //
      ("h,help", "Print this and end");
  return options;
}

std::string version_text() {
  return fmt::format("everai_exporter, version {} ({})\n", version(), compiler());
}

/// Prefixes an error with the flag it is about.
template <typename T>
Result<T> for_flag(std::string_view flag, Result<T> result) {
  return result.map_error([flag](const Error& error) {
    return Error{error.code, fmt::format("--{}: {}", flag, error.message)};
  });
}

/// Collects values until the first one that is wrong.
class Reader {
 public:
  template <typename T, typename Parse>
  void read(T& into, const std::string& text, std::string_view flag, Parse parse) {
    if (result_) {
      Result<T> value = for_flag(flag, parse(text));
      if (value) {
        into = std::move(*value);
      } else {
        result_ = tl::unexpected(value.error());
      }
    }
  }
  [[nodiscard]] const Result<void>& result() const { return result_; }

 private:
  Result<void> result_;
};

Result<std::string> parse_path(const std::string& text) {
  // An option takes the next flag for its value if it has none.
  if (text.empty() || text.starts_with("--")) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no file", printable(text, 80)));
  }
  return text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return value == nullptr ? std::string() : std::string(value);
}

Result<config::Config> make_config(const cxxopts::ParseResult& flags) {
  config::Config config;
  Reader reader;
  const auto text_of = [&flags](const char* flag) { return flags[flag].as<std::string>(); };
  if (flags.count("app") != 0) {
    for (const std::string& text : flags["app"].as<std::vector<std::string>>()) {
      reader.read(config.apps.emplace_back(), text, "app", config::parse_app);
    }
  }
  const std::string endpoint = environment("EVERAI_ENDPOINT");
  if (flags.count("api.endpoint") == 0 && !endpoint.empty()) {
    reader.read(config.endpoint, endpoint, "api.endpoint from EVERAI_ENDPOINT",
                config::parse_endpoint);
  } else {
    reader.read(config.endpoint, text_of("api.endpoint"), "api.endpoint", config::parse_endpoint);
  }
  if (flags.count("api.token-file") != 0) {
    config.token_file = text_of("api.token-file");
  } else if (const std::string token = environment("EVERAI_TOKEN"); !token.empty()) {
    const Result<Secret> parsed = api::parse_token(token);
    if (!parsed) {
      return fail(ErrorCode::kUsage, "EVERAI_TOKEN: " + parsed.error().message);
    }
    config.token = *parsed;
  }
  reader.read(config.scrape_interval, text_of("scrape.interval"), "scrape.interval",
              parse_duration);
  reader.read(config.scrape_timeout, text_of("scrape.timeout"), "scrape.timeout", parse_duration);
  config.collect_workers = flags.count("collector.workers") != 0;
  reader.read(config.app_settings.slo_objective_ratio, text_of("slo.objective"), "slo.objective",
              config::parse_ratio);
  reader.read(config.app_settings.queue_backlog_threshold, text_of("queue.backlog-threshold"),
              "queue.backlog-threshold", config::parse_count);
  if (flags.count("gpu.price") != 0) {
    for (const std::string& text : flags["gpu.price"].as<std::vector<std::string>>()) {
      reader.read(config.gpu_prices.emplace_back(), text, "gpu.price", config::parse_gpu_price);
    }
  }
  if (flags.count("state.file") != 0) {
    reader.read(config.state_file, text_of("state.file"), "state.file", parse_path);
  }
  reader.read(config.listen, text_of("web.listen-address"), "web.listen-address",
              config::parse_listen_address);
  reader.read(config.log_level, text_of("log.level"), "log.level", log::parse_level);
  reader.read(config.log_format, text_of("log.format"), "log.format", log::parse_format);
  if (!reader.result()) {
    return tl::unexpected(reader.result().error());
  }
  if (Result<void> valid = config::validate(config); !valid) {
    return tl::unexpected(valid.error());
  }
  return config;
}

}  // namespace

Result<Command> parse_command_line(int argc, const char* const* argv) {
  try {
    cxxopts::Options options = make_options();
    const cxxopts::ParseResult flags = options.parse(argc, argv);
    if (!flags.unmatched().empty()) {
      return fail(ErrorCode::kUsage, fmt::format("unexpected argument '{}'",
                                                 printable(flags.unmatched().front(), 80)));
    }
    if (flags.count("help") != 0) {
      return ShowText{options.help({"Platform", "Polling", "Metrics", "State", "Web", "General"})};
    }
    if (flags.count("version") != 0) {
      return ShowText{version_text()};
    }
    Result<config::Config> config = make_config(flags);
    if (!config) {
      return tl::unexpected(config.error());
    }
    return RunExporter{std::move(*config), flags.count("once") != 0};
  } catch (const cxxopts::exceptions::exception& error) {
    return fail(ErrorCode::kUsage, printable(error.what()));
  }
}

}  // namespace everai::app
