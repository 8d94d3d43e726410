#include "state/device_errors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace everai::state {
namespace {

using Device = DeviceErrors::Device;

TEST(DeviceErrors, CountsByDeviceInTheOrderOfFirstSight) {
  DeviceErrors errors;
  errors.add("host-b");
  errors.add("host-a");
  errors.add("host-b");
  EXPECT_EQ(errors.devices, (std::vector<Device>{{"host-b", 2}, {"host-a", 1}}));
  EXPECT_EQ(errors.other, 0U);
}

TEST(DeviceErrors, CountsDevicesBeyondTheCapTogether) {
  DeviceErrors errors;
  for (std::size_t i = 0; i < kMaxDevices + 3; ++i) {
    errors.add("host-" + std::to_string(i));
  }
  errors.add("host-0");
  errors.add("host-" + std::to_string(kMaxDevices));
  ASSERT_EQ(errors.devices.size(), kMaxDevices);
  EXPECT_EQ(errors.devices.front(), (Device{"host-0", 2}));
  EXPECT_EQ(errors.other, 4U);
}

}  // namespace
}  // namespace everai::state
