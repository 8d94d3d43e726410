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

TEST(DeviceErrors, NamesADeviceThatThePlatformDoesNotTell) {
  DeviceErrors errors;
  errors.add("");
  EXPECT_EQ(errors.devices, (std::vector<Device>{{"unknown", 1}}));
  EXPECT_EQ(errors.label_of(""), "unknown");
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
  EXPECT_EQ(errors.label_of("host-0"), "host-0");
  EXPECT_EQ(errors.label_of("host-" + std::to_string(kMaxDevices)), "other");
}

}  // namespace
}  // namespace everai::state
