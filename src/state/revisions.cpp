#include "state/revisions.hpp"

#include <algorithm>

namespace everai::state {

RevisionCounters& revision_counters(AppCounters& counters, std::string_view revision, Timestamp now,
                                    bool present) {
  std::vector<RevisionCounters>& known = counters.revisions;
  revision = label_value(revision);
  const auto by_name = [](const RevisionCounters& each, std::string_view name) {
    return each.revision < name;
  };
  auto place = std::lower_bound(known.begin(), known.end(), revision, by_name);
  if (place == known.end() || place->revision != revision) {
    if (!present) {
      return counters.other_revisions;
    }
    if (known.size() == kMaxRevisions) {
      const auto oldest = std::min_element(
          known.begin(), known.end(),
          [](const auto& a, const auto& b) { return a.last_present < b.last_present; });
      if (oldest->last_present >= now) {
        return counters.other_revisions;
      }
      known.erase(oldest);
      place = std::lower_bound(known.begin(), known.end(), revision, by_name);
    }
    place = known.insert(place, RevisionCounters{.revision = std::string(revision)});
  }
  if (present) {
    place->last_present = now;
  }
  return *place;
}

}  // namespace everai::state
