#include "state/snapshot_store.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

std::vector<api::AppRef> apps(const char* name) {
  return {{"default", name}};
}

std::shared_ptr<const AppSnapshot> polled(const api::AppRef& app, bool up) {
  AppSnapshot snapshot;
  snapshot.app = app;
  snapshot.up = up;
  return std::make_shared<const AppSnapshot>(snapshot);
}

TEST(SnapshotStore, BeginsWithSnapshotsThatSayNothing) {
  const SnapshotStore store(apps("sd"));
  ASSERT_EQ(store.snapshots().size(), 1U);
  EXPECT_EQ(store.snapshots()[0]->app, (api::AppRef{"default", "sd"}));
  EXPECT_EQ(store.snapshots()[0]->up, std::nullopt);
}

TEST(SnapshotStore, IsPolledOnceEveryAppWasWellOrNot) {
  SnapshotStore store({{"default", "a"}, {"default", "b"}});
  store.publish(0, polled({"default", "a"}, true));
  store.publish(0, polled({"default", "a"}, true));
  EXPECT_FALSE(store.all_polled());
  store.publish(1, polled({"default", "b"}, false));
  EXPECT_TRUE(store.all_polled());
}

TEST(SnapshotStore, ChangesItsVersionWithEveryPublish) {
  SnapshotStore store(apps("a"));
  const std::uint64_t before = store.version();
  store.publish(0, polled({"default", "a"}, true));
  EXPECT_NE(store.version(), before);
}

TEST(SnapshotStore, LeavesSnapshotsThatWereTakenAsTheyWere) {
  SnapshotStore store(apps("a"));
  const auto before = store.snapshots();
  store.publish(0, polled({"default", "a"}, true));
  EXPECT_EQ(before[0]->up, std::nullopt);
  EXPECT_EQ(store.snapshots()[0]->up, true);
}

}  // namespace
}  // namespace everai::state
