#include "state/device_errors.hpp"

#include <algorithm>

namespace everai::state {

void DeviceErrors::add(std::string_view device_id) {
  const auto known =
      std::find_if(devices.begin(), devices.end(),
                   [device_id](const Device& device) { return device.id == device_id; });
  if (known != devices.end()) {
    ++known->errors;
  } else if (devices.size() < kMaxDevices) {
    devices.push_back({std::string(device_id), 1});
  } else {
    ++other;
  }
}

}  // namespace everai::state
