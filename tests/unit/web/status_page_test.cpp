#include "web/status_page.hpp"

#include <gtest/gtest.h>

#include "unit/web/status_builder.hpp"
#include "util/sha256.hpp"
#include "web/state_colours.hpp"

namespace everai::web {
namespace {

using namespace test;
using state::WorkerState;
using testing::AssertionResult;

AssertionResult has(const std::string& page, std::string_view part) {
  return page.find(part) != std::string::npos ? testing::AssertionSuccess()
                                              : testing::AssertionFailure()
                                                    << part << " is not in\n"
                                                    << page.substr(page.find("</head>"));
}

std::string page_of(const std::vector<state::AppSnapshot>& apps, ConfigState config = {}) {
  return render_status_page(status_of(apps, std::move(config)));
}

std::string between(const std::string& text, std::string_view begin, std::string_view end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

TEST(StatusPage, HasAPolicyThatLetsItsOwnStylesheetInAndNothingElse) {
  const std::string style = between(page_of({}), "<style>", "</style>");
  EXPECT_EQ(status_page_policy(),
            "default-src 'none'; style-src 'sha256-" + sha256_base64(style) +
                "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

TEST(StatusPage, UsesNothingThatThePolicyForbids) {
  const std::string page = page_of({good_app("sd", workers(WorkerState::kBusy, 1))});
  EXPECT_FALSE(has(page, " style="));
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_FALSE(has(page, "src="));
  EXPECT_FALSE(has(page, "<form"));
}

TEST(StatusPage, HasTheStatesColours) {
  const std::string style = between(page_of({}), "<style>", "</style>");
  for (const std::string_view colour : kStateColours) {
    EXPECT_NE(style.find(colour), std::string::npos) << colour;
  }
}

TEST(StatusPage, SaysFirstWhetherAllIsWell) {
  const std::string page = page_of({good_app("a"), failing(good_app("b"), 1s)});
  EXPECT_TRUE(has(page, "<title>1 of 2 apps has trouble – EverAI exporter</title>"));
  EXPECT_TRUE(has(page, "</svg>1 of 2 apps has trouble</h1>"));
  EXPECT_TRUE(has(page, "<p class=\"sub\">1 down</p>"));
}

TEST(StatusPage, TellsVersionUptimeAndConfiguration) {
  const std::string page =
      page_of({}, {.file = "/etc/a<b>.yml", .last_reload_success = kNow - 70s, .last_error = {}});
  EXPECT_TRUE(has(page, "EverAI exporter 1.2.3"));
  EXPECT_TRUE(has(page, "1m\u00A030s</time>"));
  EXPECT_TRUE(has(page, "<bdi>/etc/a&lt;b&gt;.yml</bdi>, loaded <time"));
  EXPECT_TRUE(has(page, "1m\u00A010s</time> ago"));
  EXPECT_TRUE(has(page, "12:00:00\u00A0UTC"));
  EXPECT_FALSE(has(page, "class=\"alert\""));
  EXPECT_TRUE(has(page_of({}), "flags alone, loaded"));
}

TEST(StatusPage, TellsWhyTheLastReloadFailed) {
  EXPECT_TRUE(has(page_of({}, {.file = "x.yml",
                               .last_reload_successful = false,
                               .last_reload_success = kNow,
                               .last_error = "x.yml:3:1: unknown key '<b>'"}),
                  "stays in use. <bdi>x.yml:3:1: unknown key &#39;&lt;b&gt;&#39;</bdi></p>"));
}

TEST(StatusPage, LinksToTheOtherEndpointsAndToTheSeries) {
  const std::string page = page_of({good_app("sd")});
  for (const std::string_view url : {"./metrics", "./status.json", "./-/healthy", "./-/ready"}) {
    EXPECT_TRUE(has(page, "<a href=\"" + std::string(url) + "\">"));
  }
  EXPECT_TRUE(has(page, R"(<a href="./metrics?app=default%2Fsd">)"
                        R"(<bdi>default/</bdi><wbr><bdi>sd</bdi></a>)"));
}

TEST(StatusPage, TellsWhyAnAppIsDown) {
  const std::string page = page_of({failing(good_app("sd"), 70s, ErrorCode::kNotFound)});
  EXPECT_TRUE(has(page, R"(<b class="tag bad">down</b>not found for <time)"));
  EXPECT_TRUE(has(page, "1m\u00A010s</time>"));
  EXPECT_TRUE(has(page, "<div class=\"why\"><bdi>poll failed</bdi></div>"));
}

TEST(StatusPage, TellsOfWorkersInErrorUnavailableOnesAndABacklog) {
  state::FleetView fleet = workers(WorkerState::kError, 2);
  fleet.by_state.at(static_cast<std::size_t>(WorkerState::kUnavailable)) = 1;
  fleet.queue_size = 12;
  const std::string page = page_of({good_app("sd", fleet)});
  EXPECT_TRUE(has(page, R"(<b class="tag bad">errors</b>2 workers in error, 1 worker unavailable, )"
                        "12 requests wait</td>"));
  EXPECT_TRUE(has(page, R"(<b class="warn">12</b><small> / 10</small>)"));
}

TEST(StatusPage, SaysOnceThatWorkersAreUnavailable) {
  EXPECT_TRUE(has(page_of({good_app("sd", workers(WorkerState::kUnavailable, 2))}),
                  R"(<b class="tag warn">unavailable</b>2 workers</td>)"));
}

TEST(StatusPage, TellsWhyTheHistoryCannotBeRead) {
  const std::string page = page_of({without_history(good_app("sd"), 70s)});
  EXPECT_TRUE(has(page, R"(<b class="tag warn">no history</b>too large for <time)"));
  EXPECT_TRUE(has(page, "<div class=\"why\"><bdi>too much</bdi></div>"));
  EXPECT_TRUE(has(page, "1 without their history"));
  EXPECT_TRUE(has(page, R"(<span class="soft">errors unknown</span>)"));
  EXPECT_TRUE(has(page_of({without_history(good_app("sd", workers(WorkerState::kError, 1)), 70s)}),
                  "1 worker in error, no history: too large for <time"));
}

TEST(StatusPage, SaysThatDataAreTooOld) {
  const std::string page =
      page_of({outdated(good_app("sd", workers(WorkerState::kBusy, 3)), 100s)});
  EXPECT_TRUE(has(page, R"(<b class="tag warn">stale</b>no poll ended lately)"));
  EXPECT_TRUE(has(page, "Too old to be shown"));
  EXPECT_FALSE(has(page, "3 busy"));
}

TEST(StatusPage, SaysThatAnAppIsNotPolledYet) {
  const std::string page = page_of({unpolled_app("sd")});
  EXPECT_TRUE(has(page, R"(<b class="tag soft">not polled</b>)"));
  EXPECT_TRUE(has(page, "Nothing is known yet"));
}

TEST(StatusPage, MarksMoreFailuresThanTheObjectiveAllows) {
  state::AppSnapshot app = good_app("sd");
  state::AppCounters counters;
  counters.requests = 20000;
  counters.failed = 200;
  app.counters = std::make_shared<const state::AppCounters>(counters);
  EXPECT_TRUE(has(page_of({app}),
                  R"(<td title="200 of 20,000 finished requests failed, as counted so far">)"
                  "<span>1%<small> / 1%</small>"));
  counters.failed = 300;
  app.counters = std::make_shared<const state::AppCounters>(counters);
  EXPECT_TRUE(has(page_of({app}), R"(<b class="bad">1.5%</b><small> / 1%</small>)"));
}

TEST(StatusPage, GroupsTheAppsWhereThereAreSeveralKinds) {
  const std::string page =
      page_of({failing(good_app("a"), 1s), good_app("b"), good_app("c"), unpolled_app("d")});
  EXPECT_TRUE(has(page, "Trouble <small>1</small>"));
  EXPECT_TRUE(has(page, "Not polled yet <small>1</small>"));
  EXPECT_TRUE(has(page, "Up <small>2</small>"));
  EXPECT_FALSE(has(page_of({good_app("b")}), "Up <small>"));
}

TEST(StatusPage, EscapesWhatCameFromOutside) {
  state::AppSnapshot app = failing(good_app("<script>\"'\u202E"), 1s);
  app.app.app_namespace = "\"><img>";
  app.failure->message = "<img onerror=x>";
  const std::string page = page_of({app});
  EXPECT_TRUE(has(page, "<bdi>&lt;script&gt;&quot;&#39;\\u202e</bdi>"));
  EXPECT_TRUE(has(page, "<bdi>&quot;&gt;&lt;img&gt;/</bdi>"));
  EXPECT_TRUE(has(page, "<bdi>&lt;img onerror=x&gt;</bdi>"));
  EXPECT_FALSE(has(page, "<img"));
}

TEST(StatusPage, ShortensLongNames) {
  EXPECT_TRUE(has(page_of({good_app(std::string(253, 'x'))}),
                  "<bdi>" + std::string(47, 'x') + "…" + std::string(24, 'x') + "</bdi>"));
}

TEST(StatusPage, TellsWhichShardItIs) {
  EXPECT_TRUE(has(page_of({good_app("sd")}, {.shard = {.number = 2, .total = 4}}),
                  "<dt>Shard</dt><dd>2, of 0 to 3</dd>"));
  EXPECT_FALSE(has(page_of({good_app("sd")}), "<dt>Shard</dt>"));
}

TEST(StatusPage, StaysSmallWithManyApps) {
  state::FleetView fleet;
  fleet.by_state = {1, 2, 3, 4, 5, 6, 7, 8};
  fleet.queue_size = 50;
  const std::vector<state::AppSnapshot> apps(200, failing(good_app("an-app", fleet), 1s));
  EXPECT_LT(page_of(apps).size(), 400'000U) << "each in all kinds of trouble";
  const std::vector<state::AppSnapshot> well(200,
                                             good_app("an-app", workers(WorkerState::kBusy, 2)));
  EXPECT_LT(page_of(well).size(), 200'000U);
}

}  // namespace
}  // namespace everai::web
