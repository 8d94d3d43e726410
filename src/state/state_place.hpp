#pragma once

#include <string>

#include "util/result.hpp"
#include "util/unique_fd.hpp"

namespace everai::state {

/// Where a state file is, or is to be: the folder, held open, and the name in it.
struct StatePlace {
  std::string path;  ///< absolute, with all symbolic links resolved
  std::string name;  ///< its last part
  UniqueFd folder;
};

/// Finds the place that a path means now, and whether a state file can be there: the folder is one
/// and can be written, the file and its lock are regular files or not there yet. Follows symbolic
/// links also if what they name is not there. Changes nothing.
/// @return kSystem with the reason, which begins with "state file" and the path.
[[nodiscard]] Result<StatePlace> find_state_place(const std::string& path);

/// The name of the lock that is beside the file.
[[nodiscard]] std::string lock_name(const StatePlace& place);

}  // namespace everai::state
