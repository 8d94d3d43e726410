#include "util/time.hpp"

#include <gtest/gtest.h>

namespace everai {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Timestamp at_micros(std::int64_t micros) {
  return Timestamp{microseconds{micros}};
}

TEST(ParseRfc3339, ReadsZeroToNineFractionDigitsCutToMicroseconds) {
  EXPECT_EQ(parse_rfc3339("2024-09-29T09:35:18Z"), at_micros(1727602518000000));
  EXPECT_EQ(parse_rfc3339("2024-09-29T09:35:18.3Z"), at_micros(1727602518300000));
  EXPECT_EQ(parse_rfc3339("2024-09-29T09:35:18.362Z"), at_micros(1727602518362000));
  EXPECT_EQ(parse_rfc3339("2024-09-29T09:35:35.387883192Z"), at_micros(1727602535387883));
}

TEST(ParseRfc3339, AppliesOffsets) {
  EXPECT_EQ(parse_rfc3339("2024-09-29T17:35:18+08:00"), at_micros(1727602518000000));
  EXPECT_EQ(parse_rfc3339("2024-09-29T05:05:18-04:30"), at_micros(1727602518000000));
}

TEST(ParseRfc3339, TakesZeroTimesAsAbsent) {
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), std::nullopt);
}

TEST(ParseRfc3339, TakesTimesFromTheYear10000OnAsAbsent) {
  const Timestamp last = kTimeLimit - microseconds{1};
  EXPECT_EQ(last, at_micros(253402300799999999));
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:59.999999999Z"), last);
  EXPECT_EQ(parse_rfc3339("9999-12-31T22:59:59.999999-01:00"), last);
  EXPECT_EQ(parse_rfc3339("9999-12-31T23:59:60+00:01"), kTimeLimit - std::chrono::minutes{1});
  for (const char* text :
       {"9999-12-31T23:59:60Z", "9999-12-31T23:59:60.5Z", "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:59-01:00", "9999-12-31T22:59:60-01:00", "9999-12-31T00:01:00-23:59"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(ParseRfc3339, ReadsALeapSecondAsTheNextMinute) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST(ParseRfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "string", "2024-09-29", "2024-09-29T09:35:18", "2024-13-29T09:35:18Z",
        "2024-02-30T09:35:18Z", "2024-09-29T24:35:18Z", "2024-09-29T09:35:18.Z",
        "2024-09-29T09:35:18.1234567890Z", "2024-09-29T09:35:18Zx", "2024-09-29T09:35:18+8:00",
        "2024-09-29T09:35:18+24:00", "-024-09-29T09:35:18Z", "2024-09-29X09:35:18Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(RenderRfc3339, WritesMilliseconds) {
  EXPECT_EQ(render_rfc3339(at_micros(1727602518362999)), "2024-09-29T09:35:18.362Z");
}

TEST(RenderHttpDate, WritesTheFixedForm) {
  EXPECT_EQ(render_http_date(at_micros(1727602518362999)), "Sun, 29 Sep 2024 09:35:18 GMT");
}

TEST(ParseDuration, ReadsDurationsAsPrometheusWritesThem) {
  EXPECT_EQ(parse_duration("30s"), milliseconds{30000});
  EXPECT_EQ(parse_duration("1m30s"), milliseconds{90000});
  EXPECT_EQ(parse_duration("500ms"), milliseconds{500});
  EXPECT_EQ(parse_duration("1m500ms"), milliseconds{60500});
  EXPECT_EQ(parse_duration("1y2w3d4h5m6s7ms"), milliseconds{33019506007});
  EXPECT_EQ(parse_duration("0"), milliseconds{0});
}

TEST(ParseDuration, RefusesWhatPrometheusRefuses) {
  for (const char* text : {"",
                           "30",
                           "s",
                           "1s1m",
                           "1m1m",
                           "-1s",
                           "1.5s",
                           " 1s",
                           "1s ",
                           "1 s",
                           "1h1x",
                           "99999999999999999999s",
                           "101y",
                           "+1s",
                           "-0s",
                           "-0d30s",
                           "1m-0s",
                           "-0",
                           "18446744073709551617s",
                           "9223372036854775807ms",
                           "0x1s",
                           "1e3s",
                           "00",
                           "\xC2\xA0"
                           "1s"}) {
    const auto result = parse_duration(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kUsage) << text;
  }
}

TEST(RenderDuration, WritesWhatParseDurationReads) {
  for (const char* text : {"30s", "1m30s", "500ms", "1d", "1y2w3d4h5m6s7ms"}) {
    EXPECT_EQ(render_duration(parse_duration(text).value()), text);
  }
  EXPECT_EQ(render_duration(milliseconds{0}), "0s");
}

}  // namespace
}  // namespace everai
