#include "state/device_errors.hpp"

#include <gtest/gtest.h>

namespace everai::state {
namespace {

TEST(DeviceErrors, CountByDevice) {
  DeviceErrors errors;
  EXPECT_EQ(errors.add("a"), "a");
  EXPECT_EQ(errors.add("b"), "b");
  EXPECT_EQ(errors.add("a"), "a");
  EXPECT_EQ(errors.devices, (std::vector<DeviceErrors::Device>{{"a", 2}, {"b", 1}}));
}

TEST(DeviceErrors, NameTheNameless) {
  DeviceErrors errors;
  EXPECT_EQ(errors.add(""), "unknown");
}

TEST(DeviceErrors, BeyondFiftyDevicesAreOther) {
  DeviceErrors errors;
  for (int i = 0; i < 50; ++i) {
    errors.add(std::to_string(i));
  }
  EXPECT_EQ(errors.add("one more"), "other");
  EXPECT_EQ(errors.add("7"), "7");
  EXPECT_EQ(errors.other, 1U);
  EXPECT_EQ(errors.devices.size(), 50U);
}

}  // namespace
}  // namespace everai::state
