#include "exposition/text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace everai::exposition {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{1h};

std::string value_text(double value) {
  std::string out;
  append_value(out, value);
  return out;
}

std::string label_text(std::string_view value) {
  std::string out;
  append_label_value(out, value);
  return out;
}

std::shared_ptr<const state::AppSnapshot> snapshot_of(const std::string& name, bool up = true) {
  state::AppSnapshot snapshot;
  snapshot.app = {"default", name};
  snapshot.up = up;
  state::AppCounters counters;
  counters.requests = 12;
  counters.failed = 2;
  snapshot.counters = std::make_shared<const state::AppCounters>(counters);
  auto fleet = std::make_shared<state::FleetView>();
  fleet->by_state[static_cast<std::size_t>(state::WorkerState::kBusy)] = 3;
  snapshot.fleet = fleet;
  snapshot.fresh_until = kNow + 90s;
  return std::make_shared<const state::AppSnapshot>(snapshot);
}

std::string render(TextRenderer& renderer,
                   const std::vector<std::shared_ptr<const state::AppSnapshot>>& snapshots,
                   SteadyTime now = kNow) {
  std::string page;
  renderer.render(snapshots, {}, now, page);
  return page;
}

bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

TEST(AppendValue, WritesTheShortestTextThatReadsBackTheSame) {
  EXPECT_EQ(value_text(0), "0");
  EXPECT_EQ(value_text(42), "42");
  EXPECT_EQ(value_text(-1), "-1");
  EXPECT_EQ(value_text(0.1), "0.1");
  EXPECT_EQ(value_text(1727602518.362), "1727602518.362");
  EXPECT_EQ(value_text(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(value_text(1e300), "1e+300");
}

TEST(AppendValue, SpellsWhatIsNoNumberAsPrometheusDoes) {
  EXPECT_EQ(value_text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(value_text(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(value_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(AppendLabelValue, EscapesBackslashQuoteAndNewline) {
  EXPECT_EQ(label_text("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
}

TEST(AppendLabelValue, ReplacesBytesThatAreNoUtf8) {
  EXPECT_EQ(label_text("a\xFF"), "a\xEF\xBF\xBD");
}

TEST(TextRenderer, WritesEachFamilyOnceWithTheSeriesOfAllApps) {
  TextRenderer renderer;
  const std::string page = render(renderer, {snapshot_of("a"), snapshot_of("b", false)});
  EXPECT_TRUE(has(page,
                  "# TYPE everai_app_up gauge\n"
                  "everai_app_up{app_namespace=\"default\",app=\"a\"} 1\n"
                  "everai_app_up{app_namespace=\"default\",app=\"b\"} 0\n"));
  EXPECT_EQ(page.find("# TYPE everai_app_up "), page.rfind("# TYPE everai_app_up "));
}

TEST(TextRenderer, WritesTheSameBytesForTheSameSnapshots) {
  TextRenderer first;
  TextRenderer second;
  const std::vector snapshots{snapshot_of("a"), snapshot_of("b")};
  const std::string page = render(first, snapshots);
  EXPECT_EQ(render(first, snapshots), page) << "from kept prefixes";
  EXPECT_EQ(render(second, snapshots), page) << "from none";
}

TEST(TextRenderer, FollowsLabelsThatChange) {
  TextRenderer renderer;
  auto named = [](const char* queue) {
    state::AppSnapshot snapshot = *snapshot_of("a");
    auto fleet = std::make_shared<state::FleetView>(*snapshot.fleet);
    fleet->queue_name = queue;
    snapshot.fleet = fleet;
    return std::make_shared<const state::AppSnapshot>(snapshot);
  };
  EXPECT_TRUE(has(render(renderer, {named("one")}), "queue_name=\"one\"} 1\n"));
  const std::string page = render(renderer, {named("two")});
  EXPECT_TRUE(has(page, "queue_name=\"two\"} 1\n"));
  EXPECT_FALSE(has(page, "queue_name=\"one\""));
}

TEST(TextRenderer, FollowsAppsThatChangePlaces) {
  TextRenderer renderer;
  render(renderer, {snapshot_of("a"), snapshot_of("b")});
  const std::string page = render(renderer, {snapshot_of("b", false)});
  EXPECT_TRUE(has(page, "everai_app_up{app_namespace=\"default\",app=\"b\"} 0\n"));
  EXPECT_FALSE(has(page, "app=\"a\""));
}

TEST(TextRenderer, LeavesOutAFleetThatIsTooOldButNotItsCounters) {
  TextRenderer renderer;
  const std::vector snapshots{snapshot_of("a")};
  EXPECT_TRUE(has(render(renderer, snapshots, kNow + 89s), "everai_app_workers{"));
  const std::string page = render(renderer, snapshots, kNow + 90s);
  EXPECT_FALSE(has(page, "everai_app_workers{"));
  EXPECT_FALSE(has(page, "everai_app_queue_size"));
  EXPECT_TRUE(has(page, "everai_app_requests_total{app_namespace=\"default\",app=\"a\"} 12\n"));
}

TEST(TextRenderer, ShowsOnlyThePollItselfBeforeTheFirstGoodPoll) {
  state::AppSnapshot snapshot;
  snapshot.app = {"default", "a"};
  snapshot.up = false;
  TextRenderer renderer;
  const std::string page = render(renderer, {std::make_shared<const state::AppSnapshot>(snapshot)});
  std::string families;
  for (std::size_t at = page.find("# TYPE "); at != std::string::npos;
       at = page.find("# TYPE ", at + 1)) {
    families += page.substr(at + 7, page.find(' ', at + 7) - at - 7) + " ";
  }
  EXPECT_EQ(families,
            "everai_app_up everai_app_workers_skipped_total everai_app_poll_failures_total ");
}

TEST(TextRenderer, WritesTheExportersOwnFamilies) {
  TextRenderer renderer;
  std::string page;
  const std::vector<metrics::OwnFamily> own{{"x_total",
                                             "Back\\slash and\nnewline.",
                                             metrics::Type::kCounter,
                                             {{{}, 1}, {{{"a", "\""}, {"b", ""}}, 2}}}};
  renderer.render({}, own, kNow, page);
  EXPECT_EQ(page,
            "# HELP x_total Back\\\\slash and\\nnewline.\n"
            "# TYPE x_total counter\n"
            "x_total 1\n"
            "x_total{a=\"\\\"\",b=\"\"} 2\n");
}

}  // namespace
}  // namespace everai::exposition
