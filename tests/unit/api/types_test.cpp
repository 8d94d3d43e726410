#include "api/types.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace everai::api {
namespace {

TEST(WorkerStatusNames, GoToTheNameAndBackWithAndWithoutPrefix) {
  for (std::size_t i = 0; i + 1 < kWorkerStatusCount; ++i) {
    const auto status = static_cast<WorkerStatus>(i);
    const std::string_view name = to_string(status);
    ASSERT_TRUE(name.starts_with("STATUS_")) << name;
    EXPECT_EQ(worker_status_from_name(name), status);
    EXPECT_EQ(worker_status_from_name(name.substr(7)), status);
    EXPECT_EQ(worker_status_from_number(static_cast<std::int64_t>(i)), status);
  }
}

TEST(DetailStatusNames, GoToTheNameAndBackWithAndWithoutPrefix) {
  for (std::size_t i = 0; i + 1 < kDetailStatusCount; ++i) {
    const auto status = static_cast<DetailStatus>(i);
    const std::string_view name = to_string(status);
    ASSERT_TRUE(name.starts_with("DETAIL_STATUS_")) << name;
    EXPECT_EQ(detail_status_from_name(name), status);
    EXPECT_EQ(detail_status_from_name(name.substr(14)), status);
    EXPECT_EQ(detail_status_from_number(static_cast<std::int64_t>(i)), status);
  }
}

TEST(WorkerStatusNames, TakeEverythingElseForUnknown) {
  for (const char* name : {"", "unknown", "STATUS_", "running", "STATUS_STATUS_RUNNING", "BUSY"}) {
    EXPECT_EQ(worker_status_from_name(name), WorkerStatus::kUnknown) << name;
  }
  for (const std::int64_t number :
       {std::int64_t{-1}, std::int64_t{9}, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(worker_status_from_number(number), WorkerStatus::kUnknown) << number;
  }
  EXPECT_EQ(to_string(WorkerStatus::kUnknown), "unknown");
}

TEST(DetailStatusNames, TakeEverythingElseForUnknown) {
  EXPECT_EQ(detail_status_from_name("STATUS_FREE"), DetailStatus::kUnknown);
  EXPECT_EQ(detail_status_from_number(6), DetailStatus::kUnknown);
  EXPECT_EQ(to_string(DetailStatus::kUnknown), "unknown");
}

TEST(AppRefText, JoinsNamespaceAndName) {
  EXPECT_EQ(to_string(AppRef{"default", "sd"}), "default/sd");
}

}  // namespace
}  // namespace everai::api
