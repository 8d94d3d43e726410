#include "simulator/autoscaler.hpp"

#include <gtest/gtest.h>

namespace everai::simulator {
namespace {

const AutoscalerRules kMinFree{.kind = AutoscalerKind::kMinFreeWorkers,
                               .min_workers = 1,
                               .max_workers = 10,
                               .min_free_workers = 2,
                               .scale_up_step = 3};
const AutoscalerRules kMaxQueue{.kind = AutoscalerKind::kMaxQueueSize,
                                .min_workers = 0,
                                .max_workers = 10,
                                .max_queue_size = 5,
                                .scale_up_step = 3};
const AutoscalerRules kManual{.kind = AutoscalerKind::kManual, .min_workers = 4, .max_workers = 10};

TEST(Decide, ScalesUpByAStepWhenTooFewWorkersAreFree) {
  EXPECT_EQ(decide(kMinFree, {.live = 4, .staying = 4, .free = 1}), (Scaling{.up = 3}));
  EXPECT_EQ(decide(kMinFree, {.live = 4, .staying = 4, .free = 2}), Scaling{});
}

TEST(Decide, ScalesUpByAStepWhenTheQueueIsTooLong) {
  EXPECT_EQ(decide(kMaxQueue, {.live = 4, .staying = 4, .queue_size = 6}), (Scaling{.up = 3}));
  EXPECT_EQ(decide(kMaxQueue, {.live = 4, .staying = 4, .queue_size = 5}), Scaling{});
}

TEST(Decide, WakesAnAppThatIsScaledToZero) {
  EXPECT_EQ(decide(kMaxQueue, {.queue_size = 1}), (Scaling{.up = 3}));
}

TEST(Decide, RefusesToScaleUpWhileAnyWorkerIsInFlight) {
  EXPECT_EQ(decide(kMinFree, {.live = 4, .staying = 4, .in_flight = 1}), Scaling{});
  EXPECT_EQ(decide(kMaxQueue, {.live = 4, .staying = 4, .in_flight = 1, .queue_size = 99}),
            Scaling{});
}

TEST(Decide, StaysWithinMaxWorkers) {
  EXPECT_EQ(decide(kMinFree, {.live = 9, .staying = 9}), (Scaling{.up = 1}));
  EXPECT_EQ(decide(kMinFree, {.live = 10, .staying = 8}), Scaling{});
}

TEST(Decide, RemovesIdleWorkersButKeepsTheMinimumAndTheFreeOnes) {
  EXPECT_EQ(decide(kMinFree, {.live = 6, .staying = 6, .free = 5, .idle = 5}),
            (Scaling{.down = 3}));
  EXPECT_EQ(decide(kMaxQueue, {.live = 3, .staying = 3, .free = 3, .idle = 3}),
            (Scaling{.down = 3}));
}

TEST(Decide, RemovesNoneWhileRequestsWait) {
  EXPECT_EQ(decide(kMaxQueue, {.live = 3, .staying = 3, .free = 3, .idle = 3, .queue_size = 1}),
            Scaling{});
}

TEST(Decide, KeepsTheNumberThatWasAskedForWhenManual) {
  EXPECT_EQ(decide(kManual, {.live = 3, .staying = 3, .queue_size = 99}), (Scaling{.up = 1}));
  EXPECT_EQ(decide(kManual, {.live = 6, .staying = 6, .free = 6, .idle = 6}), Scaling{});
}

}  // namespace
}  // namespace everai::simulator
