#include "util/log.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace everai::log {
namespace {

class LogTest : public testing::Test {
 protected:
  void TearDown() override { configure(Level::kInfo, Format::kLogfmt); }

  template <typename Write>
  static std::string captured(Write write) {
    testing::internal::CaptureStderr();
    write();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, WritesLogfmt) {
  const std::string line = captured([] {
    warn("poll failed", {{"app", "default/sd"}, {"error", "status 503"}, {"empty", ""}});
  });
  EXPECT_TRUE(std::regex_match(
      line, std::regex(R"(ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warn msg="poll failed" )"
                       R"(app=default/sd error="status 503" empty=""\n)")))
      << line;
}

TEST_F(LogTest, WritesJsonThatAParserTakes) {
  configure(Level::kInfo, Format::kJson);
  const std::string line = captured([] {
    error("it \"broke\"", {{"why", "back\\slash\nnewline \xFF"}});
  });
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["level"], "error");
  EXPECT_EQ(json["msg"], "it \"broke\"");
  EXPECT_EQ(json["why"], "back\\slash\\x0anewline \xEF\xBF\xBD");
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  configure(Level::kWarn, Format::kLogfmt);
  EXPECT_EQ(captured([] { info("quiet"); }), "");
  EXPECT_NE(captured([] { warn("loud"); }), "");
}

TEST_F(LogTest, CutsForeignText) {
  const std::string line = captured([] { info("x", {{"v", std::string(100000, 'y')}}); });
  EXPECT_LT(line.size(), 500U);
}

TEST(ParseLevel, KnowsFourLevels) {
  EXPECT_EQ(parse_level("debug"), Level::kDebug);
  EXPECT_EQ(parse_level("error"), Level::kError);
  EXPECT_EQ(parse_level("loud").error().message, "'loud' is none of debug, info, warn, error");
}

TEST(ParseFormat, KnowsTwoFormats) {
  EXPECT_EQ(parse_format("logfmt"), Format::kLogfmt);
  EXPECT_EQ(parse_format("json"), Format::kJson);
  EXPECT_EQ(parse_format("xml").error().message, "'xml' is none of logfmt, json");
}

}  // namespace
}  // namespace everai::log
