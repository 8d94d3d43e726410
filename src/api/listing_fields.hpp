#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace everai::api {

/// The fields of a listing that are read, and those by which an answer is an error.
enum class Field : std::uint8_t {
  kId,
  kDeviceId,
  kStatus,
  kDetailStatus,
  kCreatedAt,
  kDeletedAt,
  kLaunchAt,
  kLastServeAt,
  kSuccessCount,
  kFailedCount,
  kSessionNumber,
  kCpus,
  kMemory,
  kGpuName,
  kGpus,
  kGpuModel,
  kGpuNum,
  kAppId,
  kAppRevision,
  kReplaceWorkerId,
  kWorkers,
  kQueueSize,
  kQueueName,
  kLastScaleUpTime,
  kLastScaleDownDeleteTime,
  kMaxWorkers,
  kCode,
  kMessage,
  kError,
  kNone,  ///< not read
};
constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::kNone);

/// The field of a name; kNone for any other name. Pure. Thread-safe.
[[nodiscard]] Field field_of(std::string_view name);

/// The name of a field that is not kNone, as the platform writes it. Pure. Thread-safe.
[[nodiscard]] std::string_view name_of(Field field);

/// Without them, or where one has a wrong type, a worker cannot be counted.
inline constexpr std::array kNeededFields{Field::kId, Field::kStatus, Field::kSuccessCount,
                                          Field::kFailedCount};

/// Where one of these has a wrong type, that field alone is missing.
inline constexpr std::array kOptionalFields{Field::kDeviceId,
                                            Field::kDetailStatus,
                                            Field::kCreatedAt,
                                            Field::kDeletedAt,
                                            Field::kLaunchAt,
                                            Field::kLastServeAt,
                                            Field::kSessionNumber,
                                            Field::kCpus,
                                            Field::kMemory,
                                            Field::kGpuName,
                                            Field::kGpus,
                                            Field::kGpuModel,
                                            Field::kGpuNum,
                                            Field::kAppId,
                                            Field::kAppRevision,
                                            Field::kReplaceWorkerId,
                                            Field::kQueueSize,
                                            Field::kQueueName,
                                            Field::kLastScaleUpTime,
                                            Field::kLastScaleDownDeleteTime,
                                            Field::kMaxWorkers};

/// Whether a field is the app's and not a worker's. Pure. Thread-safe.
[[nodiscard]] constexpr bool is_of_app(Field field) {
  return field >= Field::kWorkers && field <= Field::kMaxWorkers;
}

/// A set of fields.
class FieldSet {
 public:
  constexpr void insert(Field field) { bits_ |= bit(field); }
  constexpr void erase(Field field) { bits_ &= ~bit(field); }
  [[nodiscard]] constexpr bool contains(Field field) const { return (bits_ & bit(field)) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }

 private:
  static_assert(kFieldCount < 32, "a bit for each, and one for kNone");
  static constexpr std::uint32_t bit(Field field) { return 1U << static_cast<unsigned>(field); }

  std::uint32_t bits_ = 0;
};

}  // namespace everai::api
