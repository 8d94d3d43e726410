#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/time.hpp"

/// The platform's API: what it says, in our types.
namespace everai::api {

/// An app, by the two names that the API's paths have.
struct AppRef {
  std::string app_namespace;
  std::string name;

  auto operator<=>(const AppRef&) const = default;  // NOLINT(modernize-use-nullptr): its own 0
};

/// `namespace/name`, as people write an app.
[[nodiscard]] std::string to_string(const AppRef& app);

/// Worker status. The order of the first nine is that of the reference page and, as far as can be
/// inferred, that of the enum's numbers.
enum class WorkerStatus : std::uint8_t {
  kUnspecified,
  kInitialized,
  kPending,
  kRunning,
  kTerminating,
  kError,
  kUnavailable,
  kTerminated,
  kCreated,
  kUnknown,  ///< A value that this version does not know.
};
inline constexpr std::size_t kWorkerStatusCount = 10;

/// Worker detail status; order as for WorkerStatus.
enum class DetailStatus : std::uint8_t {
  kUnspecified,
  kInFlight,  ///< Being created.
  kRemove,    ///< Being removed.
  kRollin,    ///< A new worker that takes the place of an old one.
  kBusy,
  kFree,
  kUnknown,  ///< A value that this version does not know.
};
inline constexpr std::size_t kDetailStatusCount = 7;

/// The platform's own word, such as `STATUS_RUNNING`; "unknown" for kUnknown.
[[nodiscard]] std::string_view to_string(WorkerStatus status);
[[nodiscard]] std::string_view to_string(DetailStatus status);

/// The value of an enum's name, with or without its prefix; kUnknown for any other text.
[[nodiscard]] WorkerStatus worker_status_from_name(std::string_view name);
[[nodiscard]] DetailStatus detail_status_from_name(std::string_view name);

/// The value of an enum's number; kUnknown for a number that has no name.
[[nodiscard]] WorkerStatus worker_status_from_number(std::int64_t number);
[[nodiscard]] DetailStatus detail_status_from_number(std::int64_t number);

/// Most bytes that are kept of a text of a listing, which may become a label; a worker's id is
/// never cut, a worker with a longer one is left out.
inline constexpr std::size_t kMaxTextBytes = 256;

/// One worker of a listing. Counts that the API left out are 0, as protobuf has it.
/// The texts belong to the Listing.
struct Worker {
  std::string_view id;
  std::string_view device_id;
  WorkerStatus status = WorkerStatus::kUnspecified;
  DetailStatus detail_status = DetailStatus::kUnspecified;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> deleted_at;
  std::optional<Timestamp> launch_at;
  std::optional<Timestamp> last_serve_at;
  std::uint64_t success_count = 0;  ///< cumulative
  std::uint64_t failed_count = 0;
  std::uint64_t session_number = 0;
  std::uint64_t cpus = 0;
  std::uint64_t memory_mib = 0;
  std::string_view gpu_name;   ///< `GPUName`, the older form of `gpuModel`
  std::uint64_t gpus = 0;      ///< `GPUs`, the older form of `gpuNum`
  std::string_view gpu_model;  ///< `gpuModel`
  std::uint64_t gpu_num = 0;   ///< `gpuNum`
  std::string_view app_id;
  std::string_view app_revision;
  std::string_view replace_worker_id;

  bool operator==(const Worker&) const = default;
};

/// The model and the number of a worker's GPUs, from whichever generation of fields tells them.
[[nodiscard]] std::string_view gpu_model_of(const Worker& worker);
[[nodiscard]] std::uint64_t gpus_of(const Worker& worker);

/// An enum value of a listing that this version does not know.
struct UnknownEnumValue {
  std::string_view field;  ///< `status` or `detailStatus`
  std::string_view value;  ///< as it was written, in a Listing's text

  bool operator==(const UnknownEnumValue&) const = default;
};

/// A field that had a wrong type, and so is missing, without harm to what else the answer says.
struct UnreadableField {
  std::string_view field;   ///< its name, such as `memory`
  std::uint64_t count = 0;  ///< how many workers it is missing of; 1 of the app's

  bool operator==(const UnreadableField&) const = default;
};

/// One answer of the worker listing, in the API's order, each id once (the last one wins).
/// Owns the text that its views point into; move-only, the views survive a move.
struct Listing {
  std::vector<Worker> workers;
  std::optional<std::uint64_t> queue_size;  ///< 0 if left out; nothing if it was not readable
  std::string_view queue_name;
  std::optional<Timestamp> last_scale_up;           ///< nothing: never
  std::optional<Timestamp> last_scale_down_delete;  ///< nothing: never
  std::optional<std::uint64_t> max_workers;         ///< nothing: unknown
  std::size_t skipped = 0;  ///< workers left out: no id, or a status or count of a wrong type
  std::string skip_reason;  ///< of the first of them, such as `no id`
  std::vector<UnreadableField> unreadable_fields;     ///< each name once
  std::vector<UnknownEnumValue> unknown_enum_values;  ///< one entry each per occurrence

  /// What the views point into. NOLINTNEXTLINE(modernize-avoid-c-arrays): is not zeroed first.
  std::unique_ptr<char[]> text;
};

}  // namespace everai::api
