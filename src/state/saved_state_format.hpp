#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "state/app_memory.hpp"

/// What the rendering and the parsing of the state file agree on.
namespace everai::state {

inline constexpr std::string_view kSavedStateFormat = "everai_exporter state";
inline constexpr std::uint64_t kSavedStateVersion = 2;

/// The booleans of a worker, as the bits of one number, the first the lowest.
inline constexpr std::array kSavedFlags{&WorkerMemory::born_on_watch, &WorkerMemory::launched,
                                        &WorkerMemory::ready,         &WorkerMemory::served,
                                        &WorkerMemory::errored,       &WorkerMemory::ended,
                                        &WorkerMemory::lowered,       &WorkerMemory::undated};

/// The last line of a text, with its newline. @param before  all of the text before it.
[[nodiscard]] std::string render_saved_footer(std::string_view before);

}  // namespace everai::state
