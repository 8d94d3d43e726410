#include "util/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::log {
namespace {

struct Logger {
  std::shared_ptr<spdlog::logger> sink;
  Format format = Format::kLogfmt;

  Logger()
      : sink(std::make_shared<spdlog::logger>("everai",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    sink->set_pattern("%v");
    sink->flush_on(spdlog::level::trace);
  }
};

Logger& logger() {
  static Logger instance;
  return instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::off;
}

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "";
}

constexpr std::size_t kMessageLimitBytes = 400;

std::string logfmt_value(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_of(" =\"\\") == std::string::npos;
  return plain ? text : in_quotes(text);
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (level_name(level) == text) {
      return level;
    }
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is none of debug, info, warn, error", printable(text, 40)));
}

Result<Format> parse_format(std::string_view text) {
  if (text == "logfmt") {
    return Format::kLogfmt;
  }
  if (text == "json") {
    return Format::kJson;
  }
  return fail(ErrorCode::kUsage, fmt::format("'{}' is none of logfmt, json", printable(text, 40)));
}

void configure(Level level, Format format) {
  logger().sink->set_level(spdlog_level(level));
  logger().format = format;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const Logger& to = logger();
  if (!to.sink->should_log(spdlog_level(level))) {
    return;
  }
  const bool json = to.format == Format::kJson;
  const std::string now =
      render_rfc3339(std::chrono::floor<Timestamp::duration>(std::chrono::system_clock::now()));
  const std::string text = in_quotes(printable(message, kMessageLimitBytes));
  std::string line =
      json ? fmt::format(R"({{"ts":"{}","level":"{}","msg":{})", now, level_name(level), text)
           : fmt::format("ts={} level={} msg={}", now, level_name(level), text);
  for (const Field& field : fields) {
    const std::string value = printable(field.value);
    line += json ? fmt::format(R"(,"{}":{})", field.key, in_quotes(value))
                 : fmt::format(" {}={}", field.key, logfmt_value(value));
  }
  if (json) {
    line += '}';
  }
  to.sink->log(spdlog_level(level), spdlog::string_view_t(line));
}

}  // namespace everai::log
