#include "state/device_errors.hpp"

#include <algorithm>

#include "state/label_value.hpp"

namespace everai::state {
namespace {

template <typename Devices>
auto find(Devices& devices, std::string_view name) {
  return std::find_if(devices.begin(), devices.end(),
                      [name](const auto& device) { return device.id == name; });
}

}  // namespace

void DeviceErrors::add(std::string_view device_id) {
  const std::string_view name = label_value(device_id);
  const auto known = find(devices, name);
  if (known != devices.end()) {
    ++known->errors;
  } else if (devices.size() < kMaxDevices) {
    devices.push_back({.id = std::string(name), .errors = 1});
  } else {
    ++other;
  }
}

std::string_view DeviceErrors::label_of(std::string_view device_id) const {
  const std::string_view name = label_value(device_id);
  return find(devices, name) != devices.end() ? name : kOther;
}

}  // namespace everai::state
