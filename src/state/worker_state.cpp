#include "state/worker_state.hpp"

namespace everai::state {

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::kError:
      return "error";
    case WorkerState::kUnavailable:
      return "unavailable";
    case WorkerState::kRemoving:
      return "removing";
    case WorkerState::kRollingIn:
      return "rolling_in";
    case WorkerState::kStarting:
      return "starting";
    case WorkerState::kBusy:
      return "busy";
    case WorkerState::kFree:
      return "free";
    case WorkerState::kUnknown:
      return "unknown";
  }
  return "";
}

WorkerState worker_state(api::WorkerStatus status, api::DetailStatus detail) {
  using api::DetailStatus;
  using api::WorkerStatus;
  if (status == WorkerStatus::kError) {
    return WorkerState::kError;
  }
  if (status == WorkerStatus::kUnavailable) {
    return WorkerState::kUnavailable;
  }
  // A present worker is terminated only if that happened between the two listings of a poll.
  if (status == WorkerStatus::kTerminating || status == WorkerStatus::kTerminated ||
      detail == DetailStatus::kRemove) {
    return WorkerState::kRemoving;
  }
  if (detail == DetailStatus::kRollin) {
    return WorkerState::kRollingIn;
  }
  if (status == WorkerStatus::kCreated || status == WorkerStatus::kInitialized ||
      status == WorkerStatus::kPending || detail == DetailStatus::kInFlight) {
    return WorkerState::kStarting;
  }
  if (status == WorkerStatus::kRunning && detail == DetailStatus::kBusy) {
    return WorkerState::kBusy;
  }
  if (status == WorkerStatus::kRunning && detail == DetailStatus::kFree) {
    return WorkerState::kFree;
  }
  return WorkerState::kUnknown;
}

}  // namespace everai::state
