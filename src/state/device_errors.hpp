#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace everai::state {

/// Most devices that have a series of their own.
inline constexpr std::size_t kMaxDevices = 50;

/// Entries of workers into STATUS_ERROR by the host they ran on, over all apps. The first
/// `kMaxDevices` hosts that are seen count for themselves, later ones together as "other".
struct DeviceErrors {
  struct Device {
    std::string id;
    std::uint64_t errors = 0;

    bool operator==(const Device&) const = default;
  };

  std::vector<Device> devices;  ///< in the order in which they were first seen
  std::uint64_t other = 0;

  /// Counts an error. @param device_id  empty: the platform does not tell.
  void add(std::string_view device_id);

  /// The label value that a device's errors count under, once one was added; a view of `device_id`
  /// or of a literal.
  [[nodiscard]] std::string_view label_of(std::string_view device_id) const;

  bool operator==(const DeviceErrors&) const = default;
};

}  // namespace everai::state
