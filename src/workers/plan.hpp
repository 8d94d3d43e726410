#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "workers/platform.hpp"

/// What is decided before a change is sent. All pure and thread-safe.
namespace everai::workers {

/// Above this number of workers, or twice those that are there if that is more, adding is asked
/// about.
inline constexpr std::uint64_t kManyWorkers = 10;

/// `1 worker`, `2 workers`.
[[nodiscard]] std::string plural(std::uint64_t count, std::string_view noun);

/// Whether so many more workers are more than people add every day.
[[nodiscard]] bool is_much(std::uint64_t count, std::size_t present);

/// The ids of the workers that count for a goal: those that serve, or will. Those in error,
/// unavailable or leaving do not; those in a state that nobody knows do.
[[nodiscard]] std::vector<std::string> serving_ids(const state::Fleet& fleet);

/// How many workers of the fleet are there, in error too.
[[nodiscard]] std::size_t count_present(const state::Fleet& fleet);

/// The ids of the workers that can be removed: those that are there and are not leaving already.
[[nodiscard]] std::vector<std::string> removable_ids(const state::Fleet& fleet);

/// Why it is not known how many workers there are: some cannot be read, or the listing may be cut.
/// @return nothing if it is known.
[[nodiscard]] std::optional<Error> doubt_of_count(const Look& look);

/// Checks that each of the workers is there.
/// @return kNotFound if one is not listed or has ended; if the look cannot tell, why not: the error
///         of the history listing, which has the workers in error, or kPayload.
[[nodiscard]] Result<void> check_workers(const std::vector<std::string>& ids, const Look& look);

/// Checks that there are workers enough to remove.
/// @return kNotFound if not; if the look cannot tell, why not, as check_workers.
[[nodiscard]] Result<void> check_removable(std::uint64_t wanted, const Look& look);

/// One line for each of the named workers, so that a person sees what is about to go.
[[nodiscard]] std::string describe_workers(const std::vector<std::string>& ids,
                                           const state::Fleet& fleet);

/// What a look does not show, a line each; empty if it shows all.
[[nodiscard]] std::vector<std::string> gaps_of(const Look& look);

}  // namespace everai::workers
