#include "simulator/answer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

const api::AppRef kSd{"default", "sd"};

/// A world whose `default/sd` is asked for its listing.
struct Asked {
  explicit Asked(const Faults& faults, std::string_view scenario = "churn")
      : world(make_world(scenario)), fleet(*world.find(kSd)) {
    fleet.set_faults(faults);
    world.advance_to(kStart + 5min);
  }

  Answer ask(bool show_all = true) {
    return answer_listing(fleet, {.show_all = show_all}, world.now(), form, random);
  }

  World world;
  Fleet& fleet;
  Int64Form form = Int64Form::kNumber;
  Random random{1, 1};
};

TEST(AnswerListing, IsTheListingWithoutFaults) {
  Asked asked({});
  const Answer answer = asked.ask();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.delivery, Delivery::kWhole);
  EXPECT_EQ(answer.body,
            render_listing(asked.fleet, {.show_all = true}, asked.world.now(), Int64Form::kNumber));
}

TEST(AnswerListing, FailsInEveryWayThatIsAskedFor) {
  EXPECT_EQ(Asked({.error_500 = 1}).ask().body,
            R"({"code":13,"message":"internal error","details":[]})");
  EXPECT_EQ(Asked({.error_503 = 1}).ask().status, 503);
  EXPECT_EQ(Asked({.error_401 = 1}).ask().status, 401);
  EXPECT_EQ(Asked({.hang = 1}).ask().delivery, Delivery::kNever);
  EXPECT_EQ(Asked({.truncate = 1}).ask().delivery, Delivery::kCutOff);
  const Answer limited = Asked({.error_429 = 1, .retry_after = 7s}).ask();
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.retry_after, 7s);
}

TEST(AnswerListing, SaysOtherThingsWithStatus200) {
  const Answer error = Asked({.error_object = 1}).ask();
  EXPECT_EQ(error.status, 200);
  EXPECT_EQ(error.body, R"({"code":13,"message":"internal error","details":[]})");
  const Answer page = Asked({.html_page = 1}).ask();
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html");
  EXPECT_EQ(page.body, "<html>login</html>");
  const Answer empty = Asked({.empty_listing = 1}).ask();
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "{}");
}

TEST(AnswerListing, FailsForTheHistoryAlone) {
  Asked asked({.error_history = 1});
  EXPECT_EQ(asked.ask(true).status, 500);
  EXPECT_EQ(asked.ask(false).status, 200);
}

TEST(AnswerListing, FailsAsOftenAsIsAskedFor) {
  Asked asked({.error_500 = 0.2,
               .error_503 = 0.3,
               .error_429 = 0.1,
               .error_401 = 0.1,
               .html_page = 0.1,
               .error_history = 0.1});
  std::map<int, int> statuses;
  int pages = 0;
  for (int i = 0; i < 1000; ++i) {
    const Answer answer = asked.ask();
    ++statuses[answer.status];
    pages += answer.content_type == "text/html" ? 1 : 0;
  }
  EXPECT_NEAR(pages, 100, 50);
  EXPECT_NEAR(statuses[500], 300, 50);
  EXPECT_NEAR(statuses[503], 300, 50);
  EXPECT_NEAR(statuses[429], 100, 50);
  EXPECT_NEAR(statuses[401], 100, 50);
  EXPECT_NEAR(statuses[200], 200, 50);
}

TEST(AnswerListing, TellsEarlierStatesInStaleReads) {
  Asked asked({.stale_read = 0.5, .stale_age = 30s});
  const auto served_in = [](const std::string& body) {
    std::uint64_t sum = 0;
    const auto listing = nlohmann::json::parse(body);
    for (const auto& worker : listing["workers"]) {
      sum += worker.value("successCount", 0U);
    }
    return sum;
  };
  const std::uint64_t fresh = served_in(
      render_listing(asked.fleet, {.show_all = true}, asked.world.now(), Int64Form::kNumber));
  std::size_t stale = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t served = served_in(asked.ask().body);
    EXPECT_LE(served, fresh);
    EXPECT_GE(served + 150, fresh);
    stale += served < fresh ? 1U : 0U;
  }
  EXPECT_GT(stale, 20U);
  EXPECT_LT(stale, 70U);
}

TEST(AnswerListing, IsTheSameForTheSameSeed) {
  Asked one({.stale_read = 0.5, .omit = 0.5, .duplicate = 0.5});
  Asked two({.stale_read = 0.5, .omit = 0.5, .duplicate = 0.5});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(one.ask().body, two.ask().body);
  }
}

}  // namespace
}  // namespace everai::simulator
