// Whole pages, byte for byte: tests/golden/<case>/listing.json gives expected.prom. Where a case
// has a first.json, that is the answer of the poll before. EVERAI_GOLDEN_REWRITE=1 writes the
// expectations anew; read the difference before you commit it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "api/listing.hpp"
#include "exposition/text.hpp"
#include "state/reduce.hpp"
#include "support/files.hpp"

namespace everai {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(EVERAI_GOLDEN)) {
    if (entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

constexpr Timestamp kPollTime{std::chrono::seconds{1727602800}};

/// The snapshot after a good poll whose two listings were both `body`.
state::AppSnapshot poll(state::AppMemory& memory, const std::string& body, Timestamp now) {
  const auto live = api::parse_listing(api::PaddedText(body)).value();
  const auto history = api::parse_listing(api::PaddedText(body)).value();
  state::Reduced reduced =
      state::reduce(std::move(memory), state::merge_listings(live, &history),
                    {.date = now, .ours = now, .steady = SteadyTime{now.time_since_epoch()}},
                    {.collect_workers = true});
  memory = std::move(reduced.memory);
  state::AppSnapshot snapshot;
  snapshot.app = {"default", "sd"};
  snapshot.settings.gpu_prices = {{"NVIDIA A100", 1.99, "USD"}};
  snapshot.up = true;
  snapshot.last_success = now;
  snapshot.history = {.up = true, .failure = {}, .last_success = now};
  snapshot.poll_duration = std::chrono::microseconds{83251};
  snapshot.skipped_workers = live.skipped + history.skipped;
  snapshot.counters = std::make_shared<const state::AppCounters>(memory.counters);
  snapshot.fleet = memory.last_view;
  snapshot.fresh_until = SteadyTime::max();
  return snapshot;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PageIsAsExpected) {
  const fs::path folder = fs::path(EVERAI_GOLDEN) / GetParam();
  state::AppMemory memory;
  if (fs::exists(folder / "first.json")) {
    poll(memory, test::read_file(folder / "first.json"), kPollTime - std::chrono::seconds{30});
  }
  const std::vector snapshots{std::make_shared<const state::AppSnapshot>(
      poll(memory, test::read_file(folder / "listing.json"), kPollTime))};
  exposition::TextRenderer renderer;
  std::string page;
  renderer.render(snapshots, {}, SteadyTime{}, page);
  if (std::getenv("EVERAI_GOLDEN_REWRITE") != nullptr) {
    test::write_file(folder / "expected.prom", page);
  }
  EXPECT_EQ(page, test::read_file(folder / "expected.prom"));
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, testing::ValuesIn(case_names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace everai
