#include "api/listing_fields.hpp"

#include <array>

namespace everai::api {
namespace {

/// In the order of Field. A worker and the app have no field of the same name that is read of both,
/// so one table does for both.
constexpr std::array<std::string_view, kFieldCount> kFieldNames{"id",
                                                                "deviceId",
                                                                "status",
                                                                "detailStatus",
                                                                "createdAt",
                                                                "deletedAt",
                                                                "launchAt",
                                                                "lastServeAt",
                                                                "successCount",
                                                                "failedCount",
                                                                "sessionNumber",
                                                                "CPUs",
                                                                "memory",
                                                                "GPUName",
                                                                "GPUs",
                                                                "gpuModel",
                                                                "gpuNum",
                                                                "appId",
                                                                "appRevision",
                                                                "replaceWorkerId",
                                                                "workers",
                                                                "queueSize",
                                                                "queueName",
                                                                "lastScaleUpTime",
                                                                "lastScaleDownDeleteTime",
                                                                "maxWorkers",
                                                                "code",
                                                                "message",
                                                                "error"};

constexpr std::size_t kSlots = 64;

/// A hash without collisions among the known names, which `make_slots` proves.
constexpr std::size_t slot_of(std::string_view name) {
  const auto byte = [name](std::size_t i) { return static_cast<std::uint8_t>(name[i]); };
  return (name.size() + byte(0) * 46UL + byte(name.size() * 2 / 3) * 7UL) % kSlots;
}

consteval std::array<Field, kSlots> make_slots() {
  std::array<Field, kSlots> slots{};
  slots.fill(Field::kNone);
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    Field& slot = slots[slot_of(kFieldNames[i])];
    if (slot != Field::kNone) {
      throw "two field names share a slot: choose other factors";
    }
    slot = static_cast<Field>(i);
  }
  return slots;
}
constexpr std::array<Field, kSlots> kFieldSlots = make_slots();

}  // namespace

Field field_of(std::string_view name) {
  if (name.empty()) {
    return Field::kNone;
  }
  const Field field = kFieldSlots[slot_of(name)];
  const bool known = field != Field::kNone && kFieldNames[static_cast<std::size_t>(field)] == name;
  return known ? field : Field::kNone;
}

std::string_view name_of(Field field) {
  return kFieldNames.at(static_cast<std::size_t>(field));
}

}  // namespace everai::api
