#pragma once

#include <cstdint>
#include <string_view>

#include "state/app_counters.hpp"

namespace everai::state {

/// The counters of a revision that has a present worker, or had one when it did what is counted.
/// A new revision gets a series of its own while there are fewer than `kMaxRevisions`, or in the
/// place of the one that has been gone for longest (whose series ends); if all have workers,
/// "other" it is.
/// @param revision  as the platform tells it.
/// @param now       the platform's time.
/// @param present  whether a worker of the revision is there now.
/// Not thread-safe; the reference holds until the next call.
RevisionCounters& revision_counters(AppCounters& counters, std::string_view revision, Timestamp now,
                                    bool present);

}  // namespace everai::state
