#include "simulator/worker.hpp"

namespace everai::simulator {

api::WorkerStatus status_of(const Worker& worker) {
  switch (worker.phase) {
    case Phase::kAccepted:
      return api::WorkerStatus::kUnspecified;
    case Phase::kCreated:
      return api::WorkerStatus::kCreated;
    case Phase::kInitialized:
      return api::WorkerStatus::kInitialized;
    case Phase::kPending:
      return api::WorkerStatus::kPending;
    case Phase::kRollin:
    case Phase::kServing:
      return api::WorkerStatus::kRunning;
    case Phase::kUnavailable:
      return api::WorkerStatus::kUnavailable;
    case Phase::kRemoving:
      return api::WorkerStatus::kTerminating;
    case Phase::kErrored:
      return api::WorkerStatus::kError;
    case Phase::kTerminated:
      return api::WorkerStatus::kTerminated;
  }
  return api::WorkerStatus::kUnspecified;
}

api::DetailStatus detail_status_of(const Worker& worker) {
  switch (worker.phase) {
    case Phase::kAccepted:
    case Phase::kCreated:
    case Phase::kInitialized:
    case Phase::kPending:
      return api::DetailStatus::kInFlight;
    case Phase::kRollin:
      return api::DetailStatus::kRollin;
    case Phase::kServing:
      return worker.request ? api::DetailStatus::kBusy : api::DetailStatus::kFree;
    case Phase::kRemoving:
      return api::DetailStatus::kRemove;
    case Phase::kUnavailable:
    case Phase::kErrored:
    case Phase::kTerminated:
      return api::DetailStatus::kUnspecified;
  }
  return api::DetailStatus::kUnspecified;
}

}  // namespace everai::simulator
