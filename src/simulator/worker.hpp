#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/types.hpp"
#include "util/time.hpp"

namespace everai::simulator {

/// Where a worker stands in its life. What the platform calls it follows from it.
enum class Phase : std::uint8_t {
  kAccepted,  ///< asked for, no host yet
  kCreated,
  kInitialized,
  kPending,
  kRollin,  ///< launched; about to take the place of the worker it replaces
  kServing,
  kUnavailable,  ///< comes back
  kRemoving,     ///< takes no request any more, finishes the one it has
  kErrored,
  kTerminated,
};

struct Request {
  Timestamp finish_at;
  bool fails = false;
};

/// A simulated worker. Value.
struct Worker {
  std::string id;
  std::string device_id;
  std::string device_address;
  std::string request_id;
  std::string revision;
  std::string replaces;  ///< id of the worker whose place this one takes; mostly empty
  Phase phase = Phase::kAccepted;
  Timestamp created_at;
  Timestamp phase_end;                      ///< of a phase that ends by itself
  std::chrono::microseconds start_step{0};  ///< time in each phase before launch
  bool start_fails = false;
  bool start_hangs = false;
  std::optional<Timestamp> launch_at;
  std::optional<Timestamp> last_serve_at;
  std::optional<Timestamp> stop_at;
  std::optional<Timestamp> deleted_at;
  std::optional<Timestamp> errored_at;
  std::uint64_t success_count = 0;
  std::uint64_t failed_count = 0;
  std::vector<Timestamp> session_ends;
  std::optional<Request> request;
  /// Of its own that it is yet to serve; nothing for an ordinary worker, which serves the queue's.
  std::optional<std::uint64_t> flash_requests;
  bool leaving = false;      ///< replaced: goes as soon as it has no session
  bool scaled_down = false;  ///< being removed to make the fleet smaller
};

[[nodiscard]] constexpr bool is_in_flight(const Worker& worker) {
  return worker.phase <= Phase::kPending;
}

/// Whether the live listing has it.
[[nodiscard]] constexpr bool is_live(const Worker& worker) {
  return worker.phase < Phase::kErrored;
}

/// Whether it is there and nothing wants it gone.
[[nodiscard]] constexpr bool is_staying(const Worker& worker) {
  return worker.phase < Phase::kRemoving && !worker.leaving && !worker.flash_requests;
}

[[nodiscard]] inline bool is_free(const Worker& worker) {
  return worker.phase == Phase::kServing && !worker.request && !worker.leaving &&
         !worker.flash_requests;
}

/// The platform's words for where the worker stands.
[[nodiscard]] api::WorkerStatus status_of(const Worker& worker);
[[nodiscard]] api::DetailStatus detail_status_of(const Worker& worker);

}  // namespace everai::simulator
