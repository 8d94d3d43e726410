#include "simulator/distort.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "api/listing.hpp"
#include "simulator/api_json.hpp"
#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

/// A fleet's whole history after ten minutes of churn: some hundred workers.
std::string make_listing() {
  World world = make_world("churn");
  world.advance_to(kStart + 10min);
  return render_listing(world.fleets().front(), {.show_all = true}, world.now(),
                        Int64Form::kNumber);
}

struct Distorted {
  explicit Distorted(const Faults& faults) : before(Json::parse(body)) {
    Random random(1, 1);
    text = distort_listing(body, faults, random);
    after = Json::parse(text);
  }

  std::string body = make_listing();
  Json before;
  std::string text;
  Json after;
};

api::Listing parse(const std::string& text) {
  return api::parse_listing(api::PaddedText(text)).value();
}

TEST(DistortListing, ChangesNothingWithoutFaults) {
  const Distorted listing({});
  EXPECT_EQ(listing.text, listing.body);
}

TEST(DistortListing, IsTheSameForTheSameDraws) {
  const Faults faults{.omit = 0.5, .reorder = 0.5, .unknown_enum = 0.5};
  EXPECT_EQ(Distorted(faults).text, Distorted(faults).text);
}

TEST(DistortListing, LosesOneWorker) {
  const Distorted listing({.lost_worker = 1});
  EXPECT_EQ(listing.after["workers"].size(), listing.before["workers"].size() - 1);
  Json rest = listing.before;
  Json& workers = rest["workers"];
  const Json& left = listing.after["workers"];
  workers.erase(std::mismatch(left.begin(), left.end(), workers.begin()).second);
  EXPECT_EQ(listing.after, rest);
}

TEST(DistortListing, LosesTheOnlyWorkerWithItsList) {
  Random random(1, 1);
  const Faults faults{.lost_worker = 1};
  EXPECT_EQ(distort_listing(R"({"workers":[{"id":"a"}],"queueSize":1})", faults, random),
            R"({"queueSize":1})");
  EXPECT_EQ(distort_listing("{}", faults, random), "{}");
}

TEST(DistortListing, OmitsNothingThatCountingNeeds) {
  const Distorted listing({.omit = 1});
  std::set<std::string> left;
  for (const Json& worker : listing.after["workers"]) {
    for (const auto& [key, value] : worker.items()) {
      left.insert(key);
    }
  }
  EXPECT_EQ(left, (std::set<std::string>{"id", "status", "createdAt", "launchAt", "successCount",
                                         "failedCount"}));
  EXPECT_FALSE(listing.after.contains("maxWorkers"));
  EXPECT_FALSE(listing.after.contains("queueName"));
}

TEST(DistortListing, ReordersTheFieldsOfEveryObject) {
  const Distorted listing({.reorder = 1});
  EXPECT_NE(listing.text, listing.body);
  EXPECT_EQ(nlohmann::json::parse(listing.text), nlohmann::json::parse(listing.body));
  std::set<std::string> first_keys;
  for (const Json& worker : listing.after["workers"]) {
    first_keys.insert(worker.begin().key());
  }
  EXPECT_GT(first_keys.size(), 5U);
}

TEST(DistortListing, WritesSomeNumbersAsStrings) {
  const Distorted listing({.strings = 0.5});
  std::size_t texts = 0;
  std::size_t numbers = 0;
  for (const Json& worker : listing.after["workers"]) {
    texts += worker["memory"].is_string() ? 1U : 0U;
    numbers += worker["memory"].is_number() ? 1U : 0U;
  }
  EXPECT_GT(texts, 0U);
  EXPECT_GT(numbers, 0U);
  EXPECT_EQ(parse(listing.text).workers, parse(listing.body).workers);
}

TEST(DistortListing, ShowsEnumsInEveryForm) {
  const Distorted listing({.unknown_enum = 1});
  std::set<std::string> forms;
  for (const Json& worker : listing.after["workers"]) {
    if (const auto status = worker.find("status"); status != worker.end()) {
      forms.insert(status->is_number() ? "number"
                                       : status->get<std::string>().substr(0, sizeof("STATUS")));
    }
  }
  EXPECT_TRUE(forms.contains("number"));
  EXPECT_TRUE(forms.contains("STATUS_"));
  EXPECT_TRUE(forms.contains("TERMINA"));
  const api::Listing parsed = parse(listing.text);
  EXPECT_GT(parsed.unknown_enum_values.size(), 10U);
  EXPECT_LT(parsed.unknown_enum_values.size(), parsed.workers.size());
}

TEST(DistortListing, AddsFieldsThatAWatcherHasToPassOver) {
  const Distorted listing({.unknown_field = 1});
  EXPECT_TRUE(listing.after["workers"][0]["schedulerHints"]["weights"].is_array());
  EXPECT_EQ(parse(listing.text).workers, parse(listing.body).workers);
}

TEST(DistortListing, WritesNullForWhatHasNoValue) {
  const Distorted listing({.null = 1});
  std::size_t nulls = 0;
  for (const Json& worker : listing.after["workers"]) {
    nulls += worker.contains("deletedAt") && worker["deletedAt"].is_null() ? 1U : 0U;
  }
  EXPECT_GT(nulls, 0U);
  EXPECT_EQ(parse(listing.text).workers, parse(listing.body).workers);
  Random random(1, 1);
  const api::Listing empty = parse(distort_listing("{}", {.null = 1}, random));
  EXPECT_TRUE(empty.workers.empty());
  EXPECT_EQ(empty.queue_size, 0U);
}

TEST(DistortListing, ListsAWorkerTwiceTheLastTimeAsItIs) {
  const Distorted listing({.duplicate = 0.5});
  EXPECT_GT(listing.after["workers"].size(), listing.before["workers"].size());
  EXPECT_LT(listing.after["workers"].size(), 2 * listing.before["workers"].size());
  std::map<std::string, Json> last;
  for (const Json& worker : listing.after["workers"]) {
    last[worker["id"]] = worker;
  }
  ASSERT_EQ(last.size(), listing.before["workers"].size());
  for (const Json& worker : listing.before["workers"]) {
    EXPECT_EQ(last[worker["id"]], worker);
  }
}

TEST(DistortListing, HidesAWorkerBehindAFieldOfAWrongType) {
  const Distorted listing({.broken = 0.5});
  const api::Listing parsed = parse(listing.text);
  EXPECT_GT(parsed.skipped, 5U);
  EXPECT_GT(parsed.workers.size(), 5U);
  EXPECT_EQ(parsed.skipped + parsed.workers.size(), listing.before["workers"].size());
}

TEST(DistortListing, KeepsTheCountsOfEveryWorkerUnderAllHarmlessFaults) {
  const api::Listing before = parse(make_listing());
  Random random(7, 1);
  const Faults faults{.omit = 0.3,
                      .reorder = 0.5,
                      .strings = 0.5,
                      .unknown_enum = 0.3,
                      .unknown_field = 0.3,
                      .null = 0.3,
                      .duplicate = 0.3};
  for (int i = 0; i < 50; ++i) {
    const auto after =
        api::parse_listing(api::PaddedText(distort_listing(make_listing(), faults, random)));
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(after->skipped, 0U);
    std::map<std::string_view, api::Worker> workers;
    for (const api::Worker& worker : after->workers) {
      workers.emplace(worker.id, worker);
    }
    ASSERT_EQ(workers.size(), before.workers.size());
    for (const api::Worker& worker : before.workers) {
      const api::Worker& seen = workers.at(worker.id);
      EXPECT_EQ(seen.success_count, worker.success_count);
      EXPECT_EQ(seen.failed_count, worker.failed_count);
      EXPECT_EQ(seen.created_at, worker.created_at);
      EXPECT_EQ(seen.launch_at, worker.launch_at);
    }
  }
}

}  // namespace
}  // namespace everai::simulator
