#include "metrics/process_metrics.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

namespace everai::metrics {
namespace {

TEST(ProcessMetrics, AreThisProcesss) {
  std::map<std::string, double> values;
  for (const OwnFamily& family : process_metrics()) {
    ASSERT_EQ(family.samples.size(), 1U) << family.name;
    values[family.name] = family.samples[0].value;
  }
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_EQ(values.size(), 7U);
  EXPECT_NEAR(values["process_start_time_seconds"], now, 300);
  EXPECT_LT(values["process_cpu_seconds_total"], 300);
  EXPECT_GE(values["process_open_fds"], 3);
  EXPECT_LE(values["process_open_fds"], values["process_max_fds"]);
  EXPECT_GT(values["process_resident_memory_bytes"], 1 << 20);
  EXPECT_GT(values["process_virtual_memory_bytes"], values["process_resident_memory_bytes"]);
}

}  // namespace
}  // namespace everai::metrics
