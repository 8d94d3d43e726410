#include "web/status_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

#include "support/files.hpp"
#include "unit/web/status_builder.hpp"

namespace everai::web {
namespace {

using namespace test;
using state::WorkerState;
using Json = nlohmann::ordered_json;

Json json_of(const std::vector<state::AppSnapshot>& apps, ConfigState config = {}) {
  return Json::parse(render_status_json(status_of(apps, std::move(config))));
}

state::AppSnapshot busy_app() {
  state::FleetView fleet = workers(WorkerState::kBusy, 3);
  fleet.max_workers = 8;
  state::AppSnapshot app = failing(good_app("sd", fleet), 70s);
  state::AppCounters counters;
  counters.requests = 200;
  counters.failed = 3;
  app.counters = std::make_shared<const state::AppCounters>(counters);
  return app;
}

TEST(StatusJson, TellsAllOfAnApp) {
  EXPECT_EQ(json_of({busy_app()}).at("apps").at(0), Json::parse(R"({
    "namespace": "default",
    "name": "sd",
    "up": false,
    "troubles": ["down"],
    "failure": {
      "reason": "timeout", "message": "poll failed",
      "since": "2024-10-01T11:58:50.000Z", "lasting_seconds": 70.0
    },
    "history_up": null,
    "history_failure": null,
    "last_history_success": null,
    "data": "fresh",
    "last_success": "2024-10-01T11:59:55.000Z",
    "age_seconds": 5.0,
    "next_poll_in_seconds": 25.0,
    "workers": {
      "total": 3,
      "max": 8,
      "by_state": {
        "error": 0, "unavailable": 0, "removing": 0, "rolling_in": 0,
        "starting": 0, "busy": 3, "free": 0, "unknown": 0
      }
    },
    "queue_size": 0,
    "queue_backlog_threshold": 10,
    "requests": {"finished": 200, "failed": 3, "failure_ratio": 0.015},
    "slo_objective_ratio": 0.99,
    "series": "./metrics?app=default%2Fsd"
  })"));
}

TEST(StatusJson, TellsOfAHistoryThatCannotBeRead) {
  const Json app =
      json_of({without_history(good_app("sd", workers(WorkerState::kBusy, 3)), 70s)}).at("apps")[0];
  EXPECT_EQ(app.at("history_up"), false);
  EXPECT_EQ(app.at("history_failure"), Json::parse(R"({
    "reason": "too_large", "message": "too much",
    "since": "2024-10-01T11:58:50.000Z", "lasting_seconds": 70.0
  })"));
  EXPECT_EQ(app.at("last_history_success"), "2024-10-01T11:58:20.000Z");
  EXPECT_EQ(app.at("troubles"), Json::parse(R"(["no_history"])"));
  EXPECT_TRUE(app.at("workers").at("by_state").at("error").is_null());
  EXPECT_EQ(app.at("workers").at("by_state").at("unavailable"), 0);
}

TEST(StatusJson, HasNullForWhatIsUnknown) {
  const Json app = json_of({unpolled_app("sd")}).at("apps").at(0);
  for (const char* field : {"up", "failure", "last_success", "age_seconds", "next_poll_in_seconds",
                            "workers", "queue_size", "requests"}) {
    EXPECT_TRUE(app.at(field).is_null()) << field;
  }
  EXPECT_TRUE(
      json_of({good_app("sd")}).at("apps").at(0).at("requests").at("failure_ratio").is_null());
}

TEST(StatusJson, TellsOfTheExporter) {
  Json json =
      json_of({good_app("a"), busy_app(), unpolled_app("c")}, {.file = "x.yml",
                                                               .shard = {.number = 2, .total = 4},
                                                               .last_reload_successful = false,
                                                               .last_reload_success = kNow - 1h,
                                                               .last_error = "x.yml:1:1: no"});
  json.erase("apps");
  EXPECT_EQ(json, Json::parse(R"({
    "headline": "1 of 3 apps has trouble",
    "version": "1.2.3",
    "now": "2024-10-01T12:00:00.000Z",
    "started": "2024-10-01T11:58:30.000Z",
    "uptime_seconds": 90.0,
    "config": {
      "file": "x.yml",
      "shard": 2,
      "total_shards": 4,
      "last_reload_successful": false,
      "last_reload_success": "2024-10-01T11:00:00.000Z",
      "last_error": "x.yml:1:1: no"
    },
    "apps_up": 1,
    "apps_down": 1,
    "apps_not_polled": 1,
    "apps_with_trouble": 1,
    "metrics": "./metrics"
  })"));
}

TEST(StatusJson, HasNullForAFileThatIsNotUsed) {
  const Json config = json_of({}).at("config");
  EXPECT_TRUE(config.at("file").is_null());
  EXPECT_TRUE(config.at("last_error").is_null());
}

TEST(StatusJson, TakesNamesThatAreNoUtf8) {
  EXPECT_EQ(json_of({good_app("a\xFF")}).at("apps").at(0).at("name"), "a\uFFFD");
}

TEST(StatusJson, GivesTheSameBytesForTheSameStatus) {
  const Status status = status_of({busy_app(), good_app("b")});
  EXPECT_EQ(render_status_json(status), render_status_json(status));
  EXPECT_EQ(render_status_json(status).rfind("{\n  \"headline\": ", 0), 0U);
}

/// The names of all fields below `json`, as the documentation writes them.
void collect_fields(const Json& json, const std::string& prefix, std::set<std::string>& fields) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = prefix + key;
    fields.insert(name);
    if (value.is_object()) {
      collect_fields(value, name + ".", fields);
    } else if (value.is_array() && !value.empty() && value.at(0).is_object()) {
      collect_fields(value.at(0), name + "[].", fields);
    }
  }
}

TEST(StatusJson, HasTheFieldsThatTheDocumentationNames) {
  std::set<std::string> documented;
  std::istringstream lines(everai::test::read_file(std::string(EVERAI_DOCS) + "/status-page.md"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("| `", 0) == 0) {
      EXPECT_TRUE(documented.insert(line.substr(3, line.find('`', 3) - 3)).second) << line;
    }
  }
  std::set<std::string> fields;
  collect_fields(json_of({without_history(busy_app(), 1s)}), "", fields);
  EXPECT_EQ(documented, fields);
}

}  // namespace
}  // namespace everai::web
