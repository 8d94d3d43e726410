#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "state/fleet.hpp"

/// How far a change has come, by what a listing shows. All pure and thread-safe.
namespace everai::workers {

struct Progress {
  std::size_t wanted = 0;
  std::size_t done = 0;                  ///< they serve, or are gone
  std::vector<std::string> failed = {};  ///< ids of those that will not get there
  std::string details = {};              ///< on the others, such as "2 starting"; may be empty

  [[nodiscard]] bool is_over() const { return done + failed.size() >= wanted; }
};

/// Where the new workers stand. One serves if it is busy or free; it failed if it is in error, or
/// was listed before and is gone. One that was never listed is waited for.
/// @param seen  the ids that a listing had before; those of this one are added.
[[nodiscard]] Progress judge_new_workers(const std::vector<std::string>& ids,
                                         const state::Fleet& fleet, std::vector<std::string>& seen);

/// How many of the workers that were present are gone.
/// @param before  ids. @param wanted  how many of them are to go, at most all.
[[nodiscard]] Progress judge_removal(const std::vector<std::string>& before, std::size_t wanted,
                                     const state::Fleet& fleet);

/// The worker with this id, present or not; null if the fleet has none. Borrows the fleet.
[[nodiscard]] const state::FleetWorker* find_worker(const state::Fleet& fleet, std::string_view id);

/// The ids of the workers that are present.
[[nodiscard]] std::vector<std::string> present_ids(const state::Fleet& fleet);

}  // namespace everai::workers
