#pragma once

#include <chrono>
#include <cstdint>
#include <string>

/// Numbers and times as people read them.
namespace everai::web {

/// `12s`, `1m 30s`, `12m`, `3h 5m`, `2d 4h`, `120d`: two units at most, cut and not rounded, with a
/// no-break space in between. Takes no negative duration. Pure.
[[nodiscard]] std::string duration_text(std::chrono::microseconds duration);

/// `1,234,567`. Pure.
[[nodiscard]] std::string count_text(std::uint64_t count);

/// The same to three digits from 100,000 on, cut: `123k`, `1.23M`, then `G`, `T`, `P`, `E`. Pure.
[[nodiscard]] std::string short_count_text(std::uint64_t count);

/// `0%`, `<0.01%`, `0.42%`, `12.3%`, `100%`. What is not all never reads as 100%, what is not
/// nothing never as 0%. Takes 0 to 1. Pure.
[[nodiscard]] std::string percent_text(double ratio);

/// `2 workers`, `1 worker`. Pure.
[[nodiscard]] std::string plural_text(std::uint64_t count, std::string_view singular);

}  // namespace everai::web
