#include "util/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "util/line_writer.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::log {
namespace {

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

std::string render(Format format, Level level, std::string_view message,
                   std::initializer_list<Field> fields) {
  const bool json = format == Format::kJson;
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
  line += json ? "}\n" : "\n";
  return line;
}

/// What is logged comes with all that a line has.
class LineSink : public spdlog::sinks::sink {
 public:
  explicit LineSink(LineWriter& out) : out_(out) {}
  void log(const spdlog::details::log_msg& message) override {
    out_.write(std::string(message.payload.data(), message.payload.size()));
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  LineWriter& out_;
};

struct Logger {
  Format format = Format::kLogfmt;
  LineWriter out;
  spdlog::logger levels;

  Logger()
      : out(STDERR_FILENO, {.render_gap =
                                [this](std::uint64_t dropped) {
                                  return render(format, Level::kWarn, "log lines dropped",
                                                {{"lines", std::to_string(dropped)}});
                                }}),
        levels("everai", std::make_shared<LineSink>(out)) {}
};

Logger& logger() {
  static Logger instance;
  return instance;
}

}  // namespace

Result<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (level_name(level) == text) {
      return level;
    }
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is none of debug, info, warn, error", presentable(text, 40)));
}

Result<Format> parse_format(std::string_view text) {
  if (text == "logfmt") {
    return Format::kLogfmt;
  }
  if (text == "json") {
    return Format::kJson;
  }
  return fail(ErrorCode::kUsage,
              fmt::format("'{}' is none of logfmt, json", presentable(text, 40)));
}

void configure(Level level, Format format) {
  logger().levels.set_level(spdlog_level(level));
  logger().format = format;
}

void run_in_background() {
  logger().out.run_in_background();
}

bool finish(std::chrono::milliseconds longest) {
  return logger().out.finish(longest);
}

std::uint64_t dropped_lines() {
  return logger().out.dropped();
}

void print(std::string_view text) {
  logger().out.write(fmt::format("{}\n", text));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  Logger& to = logger();
  if (to.levels.should_log(spdlog_level(level))) {
    const std::string line = render(to.format, level, message, fields);
    to.levels.log(spdlog_level(level), spdlog::string_view_t(line));
  }
}

}  // namespace everai::log
