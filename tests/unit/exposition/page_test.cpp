#include "exposition/page.hpp"

#include <gtest/gtest.h>

#include "support/fake_clock.hpp"

namespace everai::exposition {
namespace {

using namespace std::chrono_literals;

class PageTest : public testing::Test {
 protected:
  PageTest() {
    state::AppSnapshot snapshot;
    snapshot.app = {"default", "a"};
    store.replace({std::make_shared<const state::AppSnapshot>(snapshot)});
  }

  void publish() {
    state::AppSnapshot snapshot;
    snapshot.app = {"default", "a"};
    snapshot.up = true;
    store.publish(0, std::make_shared<const state::AppSnapshot>(snapshot));
  }

  test::FakeClock clock;
  state::SnapshotStore store;
  metrics::OwnMetrics own;
  Page page{store, own, clock};
};

TEST_F(PageTest, IsKeptForASecond) {
  const auto first = page.text();
  clock.advance(999ms);
  EXPECT_EQ(page.text(), first);
  clock.advance(1ms);
  EXPECT_NE(page.text(), first);
}

TEST_F(PageTest, IsRenderedAnewAfterAPublish) {
  const auto before = page.text();
  publish();
  const auto after = page.text();
  EXPECT_EQ(before->find("everai_app_up{"), std::string::npos);
  EXPECT_NE(after->find("everai_app_up{app_namespace=\"default\",app=\"a\"} 1\n"),
            std::string::npos);
}

TEST_F(PageTest, HasTheExportersOwnMetricsAndThoseOfTheProcess) {
  for (const int status : {200, 0}) {
    own.count_api_request({.id = 0,
                           .kind = api::ListingKind::kLive,
                           .http_status = status,
                           .duration = std::chrono::milliseconds{40},
                           .body = api::ListingBody{}});
  }
  const auto text = page.text();
  for (const char* line :
       {"everai_exporter_build_info{",
        "everai_exporter_api_requests_total{code=\"200\",endpoint=\"list_workers\"} 1\n",
        "everai_exporter_api_requests_total{code=\"none\",endpoint=\"list_workers\"} 1\n",
        "everai_exporter_api_request_duration_seconds_bucket{endpoint=\"list_workers\",le=\"0."
        "025\"} 0\n",
        "everai_exporter_api_request_duration_seconds_bucket{endpoint=\"list_workers\",le=\"+Inf\"}"
        " 2\n",
        "everai_exporter_api_request_duration_seconds_sum{endpoint=\"list_workers\"} 0.08\n",
        "everai_exporter_series_dropped{of=\"workers\"} 0\n",
        "everai_exporter_api_requests_total{code=\"401\",endpoint=\"list_workers_history\"} 0\n",
        "process_cpu_seconds_total ", "process_max_fds ", "process_open_fds ",
        "process_resident_memory_bytes ", "process_start_time_seconds ",
        "process_virtual_memory_bytes ", "process_virtual_memory_max_bytes "}) {
    EXPECT_NE(text->find(line), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace everai::exposition
