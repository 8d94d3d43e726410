#include "poll/schedule.hpp"

#include <algorithm>
#include <cstdint>

namespace everai::poll {
namespace {

/// FNV-1a, which is the same on every machine, unlike std::hash.
std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  for (const char c : text) {
    seed = (seed ^ static_cast<std::uint8_t>(c)) * 0x100000001B3ULL;
  }
  return seed;
}

}  // namespace

std::chrono::milliseconds phase_of(const api::AppRef& app, std::chrono::milliseconds interval) {
  constexpr std::uint64_t kOffsetBasis = 0xCBF29CE484222325ULL;
  std::uint64_t value = hash(hash(hash(kOffsetBasis, app.app_namespace), "/"), app.name);
  // The low bits of FNV-1a of short, similar names lie close together: mix them.
  value ^= value >> 33U;
  value *= 0xFF51AFD7ED558CCDULL;
  value ^= value >> 33U;
  return std::chrono::milliseconds{
      static_cast<std::int64_t>(value % static_cast<std::uint64_t>(interval.count()))};
}

SteadyTime next_on_grid(SteadyTime origin, std::chrono::milliseconds phase,
                        std::chrono::milliseconds interval, SteadyTime now) {
  const SteadyTime earliest = now + interval / 2;
  const SteadyTime first = origin + phase;
  if (earliest <= first) {
    return first;
  }
  const auto behind = std::chrono::ceil<std::chrono::milliseconds>(earliest - first);
  const auto steps = (behind + interval - std::chrono::milliseconds{1}) / interval;
  return first + steps * interval;
}

std::chrono::milliseconds backoff(unsigned failures, std::chrono::milliseconds interval,
                                  double spread, std::optional<std::chrono::seconds> retry_after) {
  std::chrono::milliseconds pause{0};
  if (failures > 1) {
    const unsigned doublings = std::min(failures - 1, 20U);
    const auto doubled = interval * (std::int64_t{1} << doublings);
    const auto longest = std::max<std::chrono::milliseconds>(kMaxBackoff, interval);
    const std::chrono::duration<double, std::milli> full = std::min(doubled, longest);
    pause = std::chrono::round<std::chrono::milliseconds>(full * (1.0 - spread / 4));
  }
  if (retry_after) {
    pause = std::max(pause, std::chrono::milliseconds{
                                std::min<std::chrono::seconds>(*retry_after, kMaxRetryAfter)});
  }
  return pause;
}

unsigned polls_without_history(unsigned failures, std::chrono::milliseconds interval) {
  const auto longest = std::max<std::int64_t>(kMaxHistoryBackoff / interval, 1);
  const std::int64_t doubled = std::int64_t{1} << std::min(failures - 1, 20U);
  return static_cast<unsigned>(std::min(doubled, longest) - 1);
}

}  // namespace everai::poll
