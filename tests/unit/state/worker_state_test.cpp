#include "state/worker_state.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

using api::DetailStatus;
using api::WorkerStatus;

TEST(WorkerState, FollowsTheFirstRuleThatMatches) {
  struct Case {
    WorkerStatus status;
    DetailStatus detail;
    WorkerState expected;
  };
  for (const Case& c : {
           Case{WorkerStatus::kError, DetailStatus::kRemove, WorkerState::kError},
           Case{WorkerStatus::kUnavailable, DetailStatus::kBusy, WorkerState::kUnavailable},
           Case{WorkerStatus::kTerminating, DetailStatus::kBusy, WorkerState::kRemoving},
           Case{WorkerStatus::kTerminated, DetailStatus::kUnspecified, WorkerState::kRemoving},
           Case{WorkerStatus::kRunning, DetailStatus::kRemove, WorkerState::kRemoving},
           Case{WorkerStatus::kCreated, DetailStatus::kRollin, WorkerState::kRollingIn},
           Case{WorkerStatus::kRunning, DetailStatus::kRollin, WorkerState::kRollingIn},
           Case{WorkerStatus::kCreated, DetailStatus::kUnspecified, WorkerState::kStarting},
           Case{WorkerStatus::kInitialized, DetailStatus::kUnspecified, WorkerState::kStarting},
           Case{WorkerStatus::kPending, DetailStatus::kFree, WorkerState::kStarting},
           Case{WorkerStatus::kRunning, DetailStatus::kInFlight, WorkerState::kStarting},
           Case{WorkerStatus::kRunning, DetailStatus::kBusy, WorkerState::kBusy},
           Case{WorkerStatus::kRunning, DetailStatus::kFree, WorkerState::kFree},
           Case{WorkerStatus::kRunning, DetailStatus::kUnspecified, WorkerState::kUnknown},
           Case{WorkerStatus::kRunning, DetailStatus::kUnknown, WorkerState::kUnknown},
           Case{WorkerStatus::kUnspecified, DetailStatus::kFree, WorkerState::kUnknown},
           Case{WorkerStatus::kUnknown, DetailStatus::kBusy, WorkerState::kUnknown},
       }) {
    EXPECT_EQ(worker_state(c.status, c.detail), c.expected)
        << to_string(c.status) << " " << to_string(c.detail);
  }
}

TEST(WorkerState, NamesAreThoseOfTheCatalogue) {
  std::string names;
  for (std::size_t i = 0; i < kWorkerStateCount; ++i) {
    names += std::string(to_string(static_cast<WorkerState>(i))) + " ";
  }
  EXPECT_EQ(names, "error unavailable removing rolling_in starting busy free unknown ");
}

}  // namespace
}  // namespace everai::state
