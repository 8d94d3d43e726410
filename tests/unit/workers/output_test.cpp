#include "workers/output.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "unit/workers/look_builder.hpp"

namespace everai::workers {
namespace {

using namespace std::chrono_literals;
using test::look_at;

const api::AppRef kApp{"default", "sd"};

constexpr const char* kLive = R"({"workers": [
  {"id": "young", "deviceId": "95fa81d0-c46c-4d77-9194-20c65eb34733", "status": "STATUS_RUNNING",
   "detailStatus": "DETAIL_STATUS_FREE", "createdAt": "2024-09-29T09:54:48Z",
   "launchAt": "2024-09-29T09:55:00Z", "lastServeAt": "2024-09-29T09:59:58Z",
   "successCount": 7, "failedCount": 2, "sessionNumber": 1, "CPUs": 2, "memory": 1024,
   "GPUName": "NVIDIA A100", "GPUs": 2, "appRevision": "v5", "replaceWorkerId": "old"}],
  "queueSize": 3, "queueName": "q", "maxWorkers": 5,
  "lastScaleUpTime": "2024-09-29T09:54:47Z"})";
constexpr const char* kHistory = R"({"workers": [
  {"id": "broken", "status": "STATUS_ERROR", "createdAt": "2024-09-27T06:00:00Z"},
  {"id": "ended", "status": "STATUS_TERMINATED", "createdAt": "2024-09-29T08:00:00Z",
   "deletedAt": "2024-09-29T09:00:00Z"}]})";

TEST(RenderWorkers, ListsThosePresentTheOldestFirst) {
  EXPECT_EQ(render_workers(kApp, look_at(kLive, kHistory), false, Output::kTable),
            "ID      STATUS   DETAIL       AGE    REQUESTS  FAILED  GPU             DEVICE\n"
            "broken  ERROR    UNSPECIFIED  2d4h   0         0       -               -\n"
            "young   RUNNING  FREE         5m12s  9         2       2x NVIDIA A100  95fa81d0\n");
}

TEST(RenderWorkers, TellsAllOfAWorkerInTheWideTable) {
  EXPECT_EQ(render_workers(kApp, look_at(kLive), false, Output::kWide),
            "ID     STATUS   DETAIL  AGE    REQUESTS  FAILED  GPU             "
            "DEVICE                                STATE  LAUNCHED  SERVED  DELETED  SESSIONS  "
            "CPUS  MEMORY  REVISION  REPLACES\n"
            "young  RUNNING  FREE    5m12s  9         2       2x NVIDIA A100  "
            "95fa81d0-c46c-4d77-9194-20c65eb34733  free   5m        2s      -        1         "
            "2     1024Mi  v5        old\n");
}

TEST(RenderWorkers, ListsThoseThatEndedOnlyWithAll) {
  const Look look = look_at(kLive, kHistory);
  EXPECT_EQ(render_workers(kApp, look, false, Output::kTable).find("ended"), std::string::npos);
  const std::string all = render_workers(kApp, look, true, Output::kTable);
  EXPECT_NE(all.find("ended   TERMINATED  UNSPECIFIED  2h"), std::string::npos) << all;
}

TEST(RenderWorkers, WritesJsonWithTheApisOwnNames) {
  EXPECT_EQ(render_workers(kApp, look_at(kLive), false, Output::kJson), R"({
  "namespace": "default",
  "name": "sd",
  "queueSize": 3,
  "queueName": "q",
  "maxWorkers": 5,
  "lastScaleUpTime": "2024-09-29T09:54:47.000Z",
  "complete": true,
  "unreadableWorkers": 0,
  "workers": [
    {
      "id": "young",
      "present": true,
      "state": "free",
      "status": "STATUS_RUNNING",
      "detailStatus": "DETAIL_STATUS_FREE",
      "deviceId": "95fa81d0-c46c-4d77-9194-20c65eb34733",
      "createdAt": "2024-09-29T09:54:48.000Z",
      "launchAt": "2024-09-29T09:55:00.000Z",
      "lastServeAt": "2024-09-29T09:59:58.000Z",
      "successCount": 7,
      "failedCount": 2,
      "sessionNumber": 1,
      "CPUs": 2,
      "memory": 1024,
      "gpuModel": "NVIDIA A100",
      "gpuNum": 2,
      "appRevision": "v5",
      "replaceWorkerId": "old"
    }
  ]
}
)");
}

TEST(RenderWorkers, QuotesEveryTextInYaml) {
  const Look look = look_at(R"({"workers": [{"id": "123", "deviceId": "true"}]})");
  EXPECT_EQ(render_workers(kApp, look, false, Output::kYaml), R"(namespace: "default"
name: "sd"
queueSize: 0
complete: true
unreadableWorkers: 0
workers:
  - id: "123"
    present: true
    state: "unknown"
    status: "STATUS_UNSPECIFIED"
    detailStatus: "DETAIL_STATUS_UNSPECIFIED"
    deviceId: "true"
    successCount: 0
    failedCount: 0
    sessionNumber: 0
    CPUs: 0
    memory: 0
    gpuNum: 0
)");
}

TEST(RenderWorkers, WritesAnEmptyList) {
  const Look look = look_at("{}");
  EXPECT_EQ(render_workers(kApp, look, false, Output::kTable),
            "ID  STATUS  DETAIL  AGE  REQUESTS  FAILED  GPU  DEVICE\n");
  const std::string yaml = render_workers(kApp, look, false, Output::kYaml);
  EXPECT_TRUE(yaml.ends_with("[]\n")) << yaml;
}

TEST(RenderWorkers, ShowsForeignTextPrintable) {
  const Look look = look_at(R"({"workers": [{"id": "a\u001b[31m\u202eb", "deviceId": "\n\n"}]})");
  for (const Output output : {Output::kTable, Output::kWide, Output::kJson, Output::kYaml}) {
    const std::string text = render_workers(kApp, look, false, output);
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos) << text;
  }
}

TEST(RenderSummary, CountsThePresentWorkersByState) {
  EXPECT_EQ(render_summary(kApp, look_at(kLive, kHistory)),
            "default/sd: 2 workers (1 error, 1 free), at most 5, queue 3");
  EXPECT_EQ(render_summary(kApp, look_at("{}")), "default/sd: 0 workers, queue 0");
}

TEST(RenderAge, ShowsTheTwoGreatestUnits) {
  EXPECT_EQ(render_age(0s), "0s");
  EXPECT_EQ(render_age(999ms), "0s");
  EXPECT_EQ(render_age(59s), "59s");
  EXPECT_EQ(render_age(60s), "1m");
  EXPECT_EQ(render_age(5min + 12s), "5m12s");
  EXPECT_EQ(render_age(1h + 5s), "1h");
  EXPECT_EQ(render_age(23h + 59min), "23h59m");
  EXPECT_EQ(render_age(std::chrono::days(400) + 4h), "400d4h");
  EXPECT_EQ(render_age(-5s), "0s") << "from the future";
}

TEST(ParseOutput, ReadsTheFour) {
  EXPECT_EQ(parse_output("table").value(), Output::kTable);
  EXPECT_EQ(parse_output("wide").value(), Output::kWide);
  EXPECT_EQ(parse_output("json").value(), Output::kJson);
  EXPECT_EQ(parse_output("yaml").value(), Output::kYaml);
  EXPECT_EQ(parse_output("xml").error().message,
            "'xml' is no output, expected table, wide, json or yaml");
}

}  // namespace
}  // namespace everai::workers
