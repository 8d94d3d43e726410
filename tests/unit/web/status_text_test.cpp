#include "web/status_text.hpp"

#include <gtest/gtest.h>

namespace everai::web {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ShowsTwoUnitsAtMost) {
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(999ms), "0s");
  EXPECT_EQ(duration_text(59s), "59s");
  EXPECT_EQ(duration_text(60s), "1m");
  EXPECT_EQ(duration_text(97s), "1m\u00A037s");
  EXPECT_EQ(duration_text(3h + 5min + 9s), "3h\u00A05m");
  EXPECT_EQ(duration_text(52h + 59min), "2d\u00A04h");
}

TEST(DurationText, LeavesOutASmallUnitThatIsNoise) {
  EXPECT_EQ(duration_text(12min + 34s), "12m");
  EXPECT_EQ(duration_text(100 * 24h + 5h), "100d");
}

TEST(CountText, GroupsByThousands) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(ShortCountText, KeepsThreeDigitsOfLargeNumbers) {
  EXPECT_EQ(short_count_text(99'999), "99,999");
  EXPECT_EQ(short_count_text(100'000), "100k");
  EXPECT_EQ(short_count_text(999'999), "999k");
  EXPECT_EQ(short_count_text(1'000'000), "1M");
  EXPECT_EQ(short_count_text(1'239'999), "1.23M");
  EXPECT_EQ(short_count_text(12'390'000), "12.3M");
  EXPECT_EQ(short_count_text(123'456'789), "123M");
  EXPECT_EQ(short_count_text(18446744073709551615U), "18.4E");
}

TEST(PercentText, KeepsWhatMatters) {
  EXPECT_EQ(percent_text(0), "0%");
  EXPECT_EQ(percent_text(0.0042), "0.42%");
  EXPECT_EQ(percent_text(0.01), "1%");
  EXPECT_EQ(percent_text(1 - 0.99), "1%");
  EXPECT_EQ(percent_text(1 - 0.999), "0.1%");
  EXPECT_EQ(percent_text(0.1239), "12.3%");
  EXPECT_EQ(percent_text(1), "100%");
}

TEST(PercentText, NeverRoundsToNothingOrAll) {
  EXPECT_EQ(percent_text(1e-9), "<0.01%");
  EXPECT_EQ(percent_text(0.99999), "99.9%");
}

TEST(PluralText, CountsOne) {
  EXPECT_EQ(plural_text(0, "worker"), "0 workers");
  EXPECT_EQ(plural_text(1, "worker"), "1 worker");
  EXPECT_EQ(plural_text(2'000'000, "worker"), "2M workers");
}

}  // namespace
}  // namespace everai::web
