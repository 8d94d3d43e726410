#include "simulator/faults.hpp"

#include <gtest/gtest.h>

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;

std::string refusal(std::string_view assignment) {
  Faults faults;
  const auto set = set_fault(faults, assignment);
  EXPECT_EQ(faults, Faults{});
  return set ? "" : set.error().message;
}

TEST(SetFault, ReadsSharesAndDurations) {
  Faults faults;
  ASSERT_TRUE(set_fault(faults, "omit=0.25"));
  ASSERT_TRUE(set_fault(faults, "hang=1"));
  ASSERT_TRUE(set_fault(faults, "relaunch=1m30s"));
  ASSERT_TRUE(set_fault(faults, "clock-skew=-2h"));
  EXPECT_EQ(faults, (Faults{.relaunch = 90s, .clock_skew = -2h, .omit = 0.25, .hang = 1}));
}

TEST(SetFault, ReadsTheNameOfAnAnswer) {
  Faults faults;
  ASSERT_TRUE(set_fault(faults, std::string("scale-answer=403-html")));
  ASSERT_TRUE(set_fault(faults, "scale-ignored=0.5"));
  EXPECT_EQ(faults, (Faults{.scale_answer = "403-html", .scale_ignored = 0.5}));
  ASSERT_TRUE(set_fault(faults, "scale-answer=normal"));
  EXPECT_EQ(faults.scale_answer, Faults{}.scale_answer);
}

TEST(SetFault, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(refusal("rain=1"), "there is no fault 'rain'");
  EXPECT_EQ(refusal(""), "there is no fault ''");
  EXPECT_EQ(refusal("omit"), "omit: '' is not within 0 to 1");
  EXPECT_EQ(refusal("omit=1.1"), "omit: '1.1' is not within 0 to 1");
  EXPECT_EQ(refusal("omit=-0.1"), "omit: '-0.1' is not within 0 to 1");
  EXPECT_EQ(refusal("omit=-0"), "omit: '-0' is not within 0 to 1");
  EXPECT_EQ(refusal("omit=nan"), "omit: 'nan' is not within 0 to 1");
  EXPECT_EQ(refusal("relaunch=-1s"), "relaunch: '-1s' is not within 0s to 1d");
  EXPECT_EQ(refusal("stale-age=0"), "stale-age: '0' is not within 1s to 1h");
  EXPECT_EQ(refusal("scale-answer=maybe"), "scale-answer: there is no answer 'maybe'");
  EXPECT_EQ(refusal("scale-answer"), "scale-answer: there is no answer ''");
  EXPECT_EQ(refusal("scale-answer=normal "), "scale-answer: there is no answer 'normal '");
  EXPECT_EQ(refusal("scale-answer=\x1b"), "scale-answer: there is no answer '\\x1b'");
  EXPECT_EQ(refusal("clock-skew=--1s"), "clock-skew: '--1s' is not within -1y to 1y");
}

TEST(DescribeFaults, HasALineForEveryFault) {
  const std::string text = describe_faults();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
            fault_rows().size());
  EXPECT_TRUE(text.starts_with("  relaunch       0s to 1d       mean time of a running worker"))
      << text;
}

TEST(ParseFaultsRequest, ReadsFaultsAndAnApp) {
  const auto request = parse_faults_request(
      R"({"app":"default/sd","omit":0.1,"clock-skew":"-90s","hang":"0.5","flash":0,
          "scale-answer":"html"})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->app, "default/sd");
  EXPECT_EQ(request->assignments,
            (std::vector<std::string>{"omit=0.1", "clock-skew=-90s", "hang=0.5", "flash=0",
                                      "scale-answer=html"}));
}

TEST(ParseFaultsRequest, RefusesWhatIsNoSuchRequest) {
  for (const char* body : {"", "[]", "x", R"({"omit":true})", R"({"omit":2})", R"({"rain":1})",
                           R"({"app":1})", R"({"flash":5})", R"({"scale-answer":"x"})",
                           R"({"scale-answer":null})", "{\"omit\":\"\xff\"}"}) {
    const auto request = parse_faults_request(body);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, ErrorCode::kPayload);
  }
}

TEST(RenderFaults, WritesThemInTheFormInWhichTheyAreSet) {
  const Faults faults{.clock_skew = -90s, .omit = 0.5, .scale_answer = "hang"};
  const std::string text = render_faults({{.app = {"a", "b"}, .faults = faults}});
  EXPECT_TRUE(text.starts_with(R"({"apps":[{"app":"a/b","faults":{"relaunch":"0s",)")) << text;
  EXPECT_NE(text.find(R"("clock-skew":"-1m30s","omit":0.5,)"), std::string::npos) << text;
  EXPECT_NE(text.find(R"("scale-answer":"hang","scale-ignored":0.0})"), std::string::npos) << text;
}

}  // namespace
}  // namespace everai::simulator
