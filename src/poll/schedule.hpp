#pragma once

#include <chrono>
#include <optional>

#include "api/types.hpp"
#include "util/clock.hpp"

/// When to poll what. Pure functions of their arguments.
namespace everai::poll {

/// Longest pause that failures alone lead to.
inline constexpr std::chrono::minutes kMaxBackoff{5};

/// Longest `Retry-After` that is obeyed; a longer one is taken as this.
inline constexpr std::chrono::hours kMaxRetryAfter{1};

/// The app's place in the interval, from 0 up to it: a hash of its name, the same in every run.
[[nodiscard]] std::chrono::milliseconds phase_of(const api::AppRef& app,
                                                 std::chrono::milliseconds interval);

/// The next time on the app's grid (`phase` after `origin`, then every `interval`) that is at least
/// half an interval after `now`: so the polls of all apps spread over the interval even after a
/// start at which all were polled at once, and two polls of an app are never close together.
[[nodiscard]] SteadyTime next_on_grid(SteadyTime origin, std::chrono::milliseconds phase,
                                      std::chrono::milliseconds interval, SteadyTime now);

/// How long to leave an app alone after its poll failed.
/// @param failures     failed polls in a row, at least 1.
/// @param spread       0 to 1; spreads the pauses of apps that failed together.
/// @param retry_after  what the server asked for, if it did.
/// @return zero for the first failure (the ordinary schedule goes on), then doubling from the
///         interval on, up to kMaxBackoff and a quarter less by `spread`; never less than
///         `retry_after`, of which kMaxRetryAfter at the most counts.
[[nodiscard]] std::chrono::milliseconds backoff(unsigned failures,
                                                std::chrono::milliseconds interval, double spread,
                                                std::optional<std::chrono::seconds> retry_after);

/// Longest time that a history listing which fails is not asked for, unless polls are further
/// apart.
inline constexpr std::chrono::minutes kMaxHistoryBackoff{10};

/// How many polls do without the history listing after it failed, so that answers that are too
/// large or too slow do not cost each poll.
/// @param failures  of the history in a row, at least 1.
/// @return 0 for the first failure (the next poll asks again), then 1, 3, 7 and so on, for as long
///         as kMaxHistoryBackoff.
[[nodiscard]] unsigned polls_without_history(unsigned failures, std::chrono::milliseconds interval);

}  // namespace everai::poll
