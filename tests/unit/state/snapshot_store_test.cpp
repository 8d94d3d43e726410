#include "state/snapshot_store.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

const api::AppRef kA{"default", "a"};
const api::AppRef kB{"default", "b"};

std::shared_ptr<const AppSnapshot> shot(const api::AppRef& app, std::optional<bool> up = {}) {
  AppSnapshot snapshot;
  snapshot.app = app;
  snapshot.up = up;
  return std::make_shared<const AppSnapshot>(snapshot);
}

TEST(SnapshotStore, IsPolledOnceEveryAppWasWellOrNot) {
  SnapshotStore store;
  store.replace({shot(kA), shot(kB)});
  store.publish(0, shot(kA, true));
  store.publish(0, shot(kA, true));
  EXPECT_FALSE(store.all_polled());
  store.publish(1, shot(kB, false));
  EXPECT_TRUE(store.all_polled());
  store.replace({shot(kA), shot(kB, true)});
  EXPECT_FALSE(store.all_polled());
}

TEST(SnapshotStore, ReplacesAllAtOnce) {
  SnapshotStore store;
  store.replace({shot(kA, true)});
  const std::uint64_t before = store.version();
  store.replace({shot(kB)});
  EXPECT_EQ(store.version(), before + 1);
  ASSERT_EQ(store.snapshots().size(), 1U);
  EXPECT_EQ(store.snapshots()[0]->app, kB);
}

TEST(SnapshotStore, ChangesItsVersionWithEveryPublish) {
  SnapshotStore store;
  store.replace({shot(kA)});
  const std::uint64_t before = store.version();
  store.publish(0, shot(kA, true));
  EXPECT_NE(store.version(), before);
}

TEST(SnapshotStore, LeavesSnapshotsThatWereTakenAsTheyWere) {
  SnapshotStore store;
  store.replace({shot(kA)});
  const auto before = store.snapshots();
  store.publish(0, shot(kA, true));
  EXPECT_EQ(before[0]->up, std::nullopt);
  EXPECT_EQ(store.snapshots()[0]->up, true);
}

}  // namespace
}  // namespace everai::state
