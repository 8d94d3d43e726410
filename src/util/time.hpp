#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace everai {

/// A point in time, UTC, to the microsecond (which a double of Unix seconds still holds).
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The year 10000: every time that is read lies before it, so that it has four digits of a year
/// when it is written, and sums with it cannot overflow.
inline constexpr Timestamp kTimeLimit =
    std::chrono::sys_days{std::chrono::year{10000} / std::chrono::January / 1};

/// Reads an RFC 3339 time with 0 to 9 fraction digits (cut to microseconds) and any offset.
/// @return nothing for text that is no such time, for the zero times that stand for "never"
///         (anything up to 1970-01-01T00:00:00Z), and for what an offset or a leap second moves to
///         `kTimeLimit` or later.
/// Pure. Thread-safe.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// Writes a time as RFC 3339 UTC with milliseconds, such as `2024-09-29T09:35:18.362Z`.
[[nodiscard]] std::string render_rfc3339(Timestamp time);

/// Writes a time as an HTTP date (RFC 9110, 5.6.7), such as `Sun, 29 Sep 2024 09:35:18 GMT`.
[[nodiscard]] std::string render_http_date(Timestamp time);

[[nodiscard]] constexpr double unix_seconds(Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// Reads a duration as Prometheus writes it: `30s`, `1m30s`, `500ms`, `1d`; the units y w d h m s
/// ms in falling order, each at most once, whole numbers; `0` alone is zero.
/// @return kUsage if it is no such duration or longer than 100 years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Writes a duration the way `parse_duration` reads it, such as `1m30s`.
[[nodiscard]] std::string render_duration(std::chrono::milliseconds duration);

}  // namespace everai
