#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "util/result.hpp"

/// The program's log: one line an event on standard error, as logfmt or JSON.
namespace everai::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class Format : std::uint8_t { kLogfmt, kJson };

/// One `key=value` of a line. Values may be foreign text: they are cut to 200 bytes and escaped.
struct Field {
  std::string_view key;
  std::string_view value;
};

/// Reads `debug`, `info`, `warn`, `error`. @return kUsage for anything else.
[[nodiscard]] Result<Level> parse_level(std::string_view text);

/// Reads `logfmt`, `json`. @return kUsage for anything else.
[[nodiscard]] Result<Format> parse_format(std::string_view text);

/// Sets what is written and how. Call it before other threads log; until then: info, logfmt.
void configure(Level level, Format format);

/// Writes one line. Thread-safe.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kDebug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kInfo, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kWarn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
  write(Level::kError, message, fields);
}

}  // namespace everai::log
