#include "state/revisions.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

constexpr Timestamp kNow{std::chrono::seconds{1727602800}};

std::string names(const AppCounters& counters) {
  std::string text;
  for (const RevisionCounters& each : counters.revisions) {
    text += each.revision + " ";
  }
  return text;
}

void fill(AppCounters& counters, Timestamp when) {
  for (char c = 'a'; c < 'a' + static_cast<char>(kMaxRevisions); ++c) {
    revision_counters(counters, std::string(1, c), when, true).requests = 1;
  }
}

TEST(RevisionCounters, AreSortedByName) {
  AppCounters counters;
  for (const char* name : {"b", "a", "c", "a"}) {
    revision_counters(counters, name, kNow, true);
  }
  EXPECT_EQ(names(counters), "a b c ");
}

TEST(RevisionCounters, NameTheNameless) {
  AppCounters counters;
  revision_counters(counters, "", kNow, true);
  EXPECT_EQ(names(counters), "unknown ");
}

TEST(RevisionCounters, BeyondTheCapAreOtherWhileAllHaveWorkers) {
  AppCounters counters;
  fill(counters, kNow);
  revision_counters(counters, "z", kNow, true).requests += 5;
  EXPECT_EQ(counters.other_revisions.requests, 5U);
  EXPECT_EQ(counters.revisions.size(), kMaxRevisions);
}

TEST(RevisionCounters, GiveTheirPlaceToANewOneWhenGoneForLongest) {
  AppCounters counters;
  fill(counters, kNow);
  const Timestamp later = kNow + std::chrono::seconds{30};
  for (const char* name : {"a", "c", "d", "e", "f", "g", "h", "i", "j"}) {
    revision_counters(counters, name, later, true);
  }
  EXPECT_EQ(revision_counters(counters, "z", later, true).requests, 0U);
  EXPECT_EQ(names(counters), "a c d e f g h i j z ");
}

TEST(RevisionCounters, OfNoPresentWorkerTakeNoPlace) {
  AppCounters counters;
  fill(counters, kNow);
  EXPECT_EQ(revision_counters(counters, "z", kNow + std::chrono::hours{1}, false).revision,
            "other");
}

}  // namespace
}  // namespace everai::state
