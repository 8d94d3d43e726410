#include "simulator/scale_answer.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

#include "unit/simulator/world_builder.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// A fleet of three workers that is scaled by hand, and asked for two more or two less.
struct Asked {
  explicit Asked(const Faults& faults) : fleet(*world.find({"team-b", "whisper"})) {
    ids = fleet.scale_up(3);
    fleet.set_faults(faults);
    before = fleet.truth();
  }

  Answer up() { return answer_scale(fleet, ScaleDirection::kUp, {.count = 2}, random); }
  Answer down() {
    return answer_scale(fleet, ScaleDirection::kDown, {.worker_ids = {ids[0], ids[1]}}, random);
  }
  [[nodiscard]] std::uint64_t added() const { return fleet.truth().scaled_up - before.scaled_up; }
  [[nodiscard]] std::uint64_t removed() const { return fleet.truth().scaled_down; }
  /// The ids of the workers that are there beyond the first three.
  [[nodiscard]] std::vector<std::string> new_ids() const {
    std::vector<std::string> found;
    for (std::size_t i = 3; i < fleet.workers().size(); ++i) {
      found.push_back(fleet.workers()[i].id);
    }
    return found;
  }

  World world = make_world("idle");
  Fleet& fleet;
  std::vector<std::string> ids;
  Truth before;
  Random random{1, 1};
};

std::string body_of(std::string_view name) {
  return Asked({.scale_answer = name}).up().body;
}

std::string down_body_of(std::string_view name) {
  return Asked({.scale_answer = name}).down().body;
}

TEST(ScaleAnswers, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const ScaleAnswer& each : scale_answers()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_EQ(find_scale_answer(each.name), &each);
  }
  EXPECT_EQ(scale_answers().front().name, Faults{}.scale_answer);
  EXPECT_EQ(find_scale_answer("no such"), nullptr);
}

TEST(DescribeScaleAnswers, HasALineForEveryAnswer) {
  const std::string text = describe_scale_answers();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
            scale_answers().size());
  EXPECT_NE(text.find("\n  ids-and-error  status 200, the ids"), std::string::npos) << text;
}

TEST(AnswerScale, AnswersAsThePlatformDoesWithoutFaults) {
  Asked asked({});
  const std::string body = asked.up().body;
  EXPECT_EQ(body, render_worker_ids(asked.new_ids()));
  EXPECT_EQ(asked.added(), 2U);
  const Answer answer = asked.down();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.delivery, Delivery::kWhole);
  EXPECT_EQ(asked.removed(), 2U);
  Random fresh{1, 1};
  EXPECT_EQ(asked.random.below(1000), fresh.below(1000)) << "something was drawn";
}

TEST(AnswerScale, MakesTheChangeWhateverIsAnsweredUnlessItIsARefusal) {
  for (const ScaleAnswer& each : scale_answers()) {
    const std::uint64_t wanted = each.is_made ? 2 : 0;
    Asked up({.scale_answer = each.name});
    const Answer answer = up.up();
    EXPECT_EQ(up.added(), wanted) << each.name;
    EXPECT_EQ(answer.status, each.status) << each.name;
    EXPECT_EQ(answer.delivery, each.delivery) << each.name;
    EXPECT_TRUE(each.status < 400 || !answer.body.empty()) << each.name;
    Asked down({.scale_answer = each.name});
    EXPECT_EQ(down.down().status, each.status) << each.name;
    EXPECT_EQ(down.removed(), wanted) << each.name;
    EXPECT_TRUE(each.is_made || (each.status >= 400 && each.status < 500)) << each.name;
  }
}

TEST(AnswerScale, MakesNothingThatIsIgnoredAndAnswersAllTheSame) {
  for (const ScaleAnswer& each : scale_answers()) {
    Asked up({.scale_answer = each.name, .scale_ignored = 1});
    EXPECT_EQ(up.up().status, each.status) << each.name;
    Asked down({.scale_answer = each.name, .scale_ignored = 1});
    // The id of no worker is another one.
    EXPECT_EQ(down.down().body.size(), down_body_of(each.name).size()) << each.name;
    EXPECT_EQ(up.fleet.truth(), up.before) << each.name;
    EXPECT_EQ(down.fleet.truth(), down.before) << each.name;
  }
}

TEST(AnswerScale, TellsIdsOfAnIgnoredChangeThatNoWorkerEverHas) {
  Asked asked({.scale_ignored = 1});
  const Json told = Json::parse(asked.up().body)["workerIds"];
  ASSERT_EQ(told.size(), 2U);
  EXPECT_NE(told[0], told[1]);
  asked.fleet.set_faults({});
  const Json later = Json::parse(asked.up().body)["workerIds"];
  EXPECT_EQ(std::count(later.begin(), later.end(), told[0]), 0);
  EXPECT_EQ(std::count(later.begin(), later.end(), told[1]), 0);
}

TEST(AnswerScale, IgnoresAsOftenAsIsAskedFor) {
  Asked asked({.scale_ignored = 0.25});
  int ignored = 0;
  for (int i = 0; i < 1000; ++i) {
    Fleet fleet = asked.fleet;
    static_cast<void>(answer_scale(fleet, ScaleDirection::kUp, {.count = 1}, asked.random));
    ignored += fleet.truth() == asked.before ? 1 : 0;
  }
  EXPECT_NEAR(ignored, 250, 50);
}

TEST(AnswerScale, RefusesWhatCannotBeDoneWhateverTheFaults) {
  for (const double ignored : {0.0, 1.0}) {
    Asked asked({.scale_answer = "html", .scale_ignored = ignored});
    const Answer answer = answer_scale(asked.fleet, ScaleDirection::kDown,
                                       {.worker_ids = {asked.ids[0], "nobody"}}, asked.random);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(asked.fleet.truth(), asked.before);
  }
}

TEST(AnswerScale, WritesWhatIsNotTheDocumentedAnswer) {
  EXPECT_EQ(body_of("html"), "<html>login</html>");
  EXPECT_EQ(body_of("empty"), "");
  EXPECT_EQ(body_of("null-body"), "null");
  EXPECT_EQ(body_of("list"), "[]");
  EXPECT_EQ(body_of("text"), R"("ok")");
  EXPECT_EQ(body_of("broken-json"), "{");
  EXPECT_EQ(body_of("error-object"), R"({"code":7,"message":"permission denied"})");
  EXPECT_EQ(body_of("error-member"), R"({"error":{"code":"404","message":"app not found"}})");
  EXPECT_EQ(body_of("no-fields"), "{}");
  EXPECT_EQ(body_of("null-ids"), R"({"workerIds":null})");
  EXPECT_EQ(body_of("number-ids"), R"({"workerIds":[1,2]})");
  EXPECT_EQ(down_body_of("other-fields"), R"({"success":false})");
  EXPECT_GT(body_of("huge").size(), 16UL * 1024 * 1024);
}

TEST(AnswerScale, WritesTheIdsWithOneThingWrong) {
  for (const bool up : {true, false}) {
    const auto ask = [up](std::string_view name) {
      Asked asked({.scale_answer = name});
      const Json answer = Json::parse(up ? asked.up().body : asked.down().body);
      const std::vector<std::string> ids =
          up ? asked.new_ids() : std::vector{asked.ids[0], asked.ids[1]};
      return std::pair{answer, ids};
    };
    const auto [fewer, of_fewer] = ask("fewer");
    EXPECT_EQ(fewer["workerIds"], Json({of_fewer[0]}));
    const auto [more, of_more] = ask("more");
    EXPECT_EQ(more["workerIds"].size(), 3U);
    EXPECT_EQ(more["workerIds"][1], of_more[1]);
    const auto [twice, of_twice] = ask("twice");
    EXPECT_EQ(twice["workerIds"], Json({of_twice[0], of_twice[0]}));
    const auto [empty, of_empty] = ask("empty-id");
    EXPECT_EQ(empty["workerIds"], Json({of_empty[0], ""}));
    const auto [both, of_both] = ask("ids-and-error");
    EXPECT_EQ(both["workerIds"], Json(of_both));
    EXPECT_EQ(both["code"], 7);
    const auto [odd, of_odd] = ask("odd-ids");
    EXPECT_EQ(odd["workerIds"][1], "\x1b[2J\x07\"" + of_odd[1] + "\n\xc2\x9b\xe2\x80\xae");
    const auto [longer, of_longer] = ask("long-ids");
    EXPECT_EQ(longer["workerIds"][0].get<std::string>().size(), 300U);
  }
  Asked other({.scale_answer = "other-fields"});
  const Json answer = Json::parse(other.up().body);
  EXPECT_EQ(answer, (Json{{"worker_ids", other.new_ids()}}));
}

TEST(AnswerScale, TellsIdsWithOneThingWrongWhereThereAreNone) {
  for (const ScaleAnswer& each : scale_answers()) {
    Asked asked({.scale_answer = each.name});
    // A removal by number names nobody, and a fleet at its limit has no new workers.
    EXPECT_EQ(answer_scale(asked.fleet, ScaleDirection::kDown, {.count = 1}, asked.random).status,
              each.status);
    static_cast<void>(asked.fleet.scale_up(100));
    EXPECT_EQ(asked.up().status, each.status);
  }
}

TEST(AnswerScale, HasTheHeadersOfItsStatus) {
  Asked limited({.retry_after = 7s, .scale_answer = "429"});
  EXPECT_EQ(limited.up().retry_after, 7s);
  Asked moved({.scale_answer = "307"});
  EXPECT_EQ(moved.up().location, "https://login.invalid/");
  Asked page({.scale_answer = "502-html"});
  EXPECT_EQ(page.up().content_type, "text/html");
  Asked refused({.scale_answer = "409"});
  const Answer answer = refused.up();
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.location, "");
  EXPECT_EQ(answer.retry_after, std::nullopt);
  EXPECT_TRUE(Json::parse(answer.body).contains("message"));
}

}  // namespace
}  // namespace everai::simulator
