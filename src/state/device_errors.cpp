#include "state/device_errors.hpp"

#include <algorithm>

#include "state/app_counters.hpp"

namespace everai::state {

std::string_view DeviceErrors::add(std::string_view device_id) {
  if (device_id.empty()) {
    device_id = kUnnamed;
  }
  const auto known = std::find_if(devices.begin(), devices.end(),
                                  [device_id](const Device& each) { return each.id == device_id; });
  if (known != devices.end()) {
    ++known->errors;
    return device_id;
  }
  if (devices.size() < kMaxDevices) {
    devices.push_back({.id = std::string(device_id), .errors = 1});
    return device_id;
  }
  ++other;
  return kOther;
}

}  // namespace everai::state
