#include "state/saved_lines.hpp"

#include <gtest/gtest.h>

#include <string>

namespace everai::state {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const AppKey kSd{"https://a", {"default", "sd"}};
const AppKey kLlm{"https://a", {"default", "llm"}};
const AppKey kSdElsewhere{"https://b", {"default", "sd"}};

std::shared_ptr<const std::string> text(const char* text) {
  return std::make_shared<const std::string>(text);
}

std::map<AppKey, std::string> texts_of(const AppLines& lines) {
  std::map<AppKey, std::string> texts;
  for (const auto& [app, line] : lines) {
    texts.emplace(app, *line.text);
  }
  return texts;
}

using Texts = std::map<AppKey, std::string>;

class SavedLinesTest : public testing::Test {
 protected:
  SteadyTime now{hours{1000}};
  SavedLines lines{{{kSd, {text("sd"), seconds{0}}}, {kLlm, {text("llm"), hours{23}}}}, now};
};

TEST_F(SavedLinesTest, GoOnWithWhatWasSaved) {
  EXPECT_EQ(texts_of(lines.configure({kSd, kLlm}, now)), (Texts{{kSd, "sd"}, {kLlm, "llm"}}));
  EXPECT_FALSE(lines.any_unconfigured());
  now += hours{1000};
  EXPECT_EQ(texts_of(lines.at(now)), (Texts{{kSd, "sd"}, {kLlm, "llm"}}));
  EXPECT_EQ(lines.at(now).at(kLlm).unconfigured, seconds{0});
}

TEST_F(SavedLinesTest, HaveTheNewestTextOfAnApp) {
  static_cast<void>(lines.configure({kSd, kLlm}, now));
  EXPECT_EQ(*lines.update(kSd, text("newer")), "sd");
  EXPECT_EQ(lines.update(kSdElsewhere, text("first")), nullptr);
  EXPECT_EQ(texts_of(lines.at(now)),
            (Texts{{kSd, "newer"}, {kLlm, "llm"}, {kSdElsewhere, "first"}}));
}

TEST_F(SavedLinesTest, KeepAnAppForADayThatIsNotConfigured) {
  EXPECT_EQ(texts_of(lines.configure({kLlm}, now)), (Texts{{kLlm, "llm"}}));
  EXPECT_TRUE(lines.any_unconfigured());
  now += hours{24} - seconds{1};
  EXPECT_EQ(lines.at(now).at(kSd).unconfigured, hours{24} - seconds{1});
  EXPECT_EQ(lines.at(now).at(kLlm).unconfigured, seconds{0});
  now += seconds{1};
  EXPECT_EQ(texts_of(lines.at(now)), (Texts{{kLlm, "llm"}}));
  EXPECT_FALSE(lines.any_unconfigured());
}

TEST_F(SavedLinesTest, CountTheTimeOfAnEarlierRun) {
  static_cast<void>(lines.configure({kSd}, now));
  now += hours{1} - seconds{1};
  EXPECT_EQ(lines.at(now).at(kLlm).unconfigured, hours{24} - seconds{1});
  now += seconds{1};
  EXPECT_TRUE(lines.configure({kLlm}, now).empty());
}

TEST_F(SavedLinesTest, GiveBackAnAppThatIsConfiguredAgain) {
  static_cast<void>(lines.configure({kSd, kLlm}, now));
  static_cast<void>(lines.update(kSd, text("newer")));
  EXPECT_TRUE(lines.configure({kLlm}, now).empty());
  now += hours{23};
  EXPECT_EQ(texts_of(lines.configure({kSd, kLlm}, now)), (Texts{{kSd, "newer"}}));
  EXPECT_TRUE(lines.configure({kSd, kLlm}, now).empty()) << "it is back already";
  // Its day begins anew.
  static_cast<void>(lines.configure({kLlm}, now));
  now += hours{23};
  EXPECT_TRUE(lines.at(now).contains(kSd));
  now += hours{1};
  EXPECT_TRUE(lines.configure({kSd, kLlm}, now).empty());
}

TEST_F(SavedLinesTest, TellAppsOfDifferentEndpointsApart) {
  EXPECT_TRUE(lines.configure({kSdElsewhere}, now).empty());
  EXPECT_TRUE(lines.at(now).contains(kSd));
  EXPECT_EQ(texts_of(lines.configure({kSd}, now)), (Texts{{kSd, "sd"}}));
}

TEST_F(SavedLinesTest, GiveWhatIsOfAnUnknownEndpointToTheConfiguredOne) {
  const AppKey unknown{"", kSd.app};
  SavedLines of_version_1({{unknown, {text("sd"), seconds{0}}}}, now);
  EXPECT_EQ(texts_of(of_version_1.configure({kSdElsewhere}, now)), (Texts{{kSdElsewhere, "sd"}}));
  EXPECT_EQ(texts_of(of_version_1.at(now)), (Texts{{kSdElsewhere, "sd"}}));
  EXPECT_TRUE(of_version_1.configure({kSd}, now).empty()) << "now it is known";
}

TEST_F(SavedLinesTest, PreferTheEndpointThatIsKnown) {
  const AppKey unknown{"", kSd.app};
  SavedLines both({{unknown, {text("old"), seconds{0}}}, {kSd, {text("sd"), seconds{0}}}}, now);
  EXPECT_EQ(texts_of(both.configure({kSd}, now)), (Texts{{kSd, "sd"}}));
}

}  // namespace
}  // namespace everai::state
