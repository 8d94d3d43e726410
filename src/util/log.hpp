#pragma once

#include <chrono>
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

/// From now on a thread of its own writes to standard error, and nobody waits for whoever reads
/// there: what does not fit into a queue is dropped, and a line says so later. Until then each line
/// is written before `write` returns. To be called at most once, before other threads log. Throws
/// `std::system_error` if there can be no more threads or descriptors.
void run_in_background();

/// Waits until the lines are written, but no longer than `longest`, and ends that thread, if there
/// is one. To be called at the end of the program.
/// @return false if the thread cannot be ended: the process can only end with `_Exit` then.
[[nodiscard]] bool finish(std::chrono::milliseconds longest);

/// How many lines could not be written. Thread-safe.
[[nodiscard]] std::uint64_t dropped_lines();

/// Writes a text to standard error as it is, in a line of its own among those of the log: for what
/// a program says of itself to whoever started it. Never fails. Thread-safe.
void print(std::string_view text);

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
