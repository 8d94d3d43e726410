#include "util/text.hpp"

#include <gtest/gtest.h>

namespace everai {
namespace {

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable(std::string_view("a\nb\0c\x7f", 6)), "a\\x0ab\\x00c\\x7f");
  EXPECT_EQ(printable("a\xC2\x9B"), "a\\xc2\\x9b");
}

TEST(Printable, EscapesWhatMovesTextAbout) {
  EXPECT_EQ(printable("a\xE2\x80\xA8z"), "a\\xe2\\x80\\xa8z");  // ends a line
  EXPECT_EQ(printable("a\xE2\x80\xAEz"), "a\\xe2\\x80\\xaez");  // turns it round
  EXPECT_EQ(printable("a\xE2\x81\xA6z"), "a\\xe2\\x81\\xa6z");
  EXPECT_EQ(printable("\xE2\x80\xA6\xE2\x80\xAF"), "\xE2\x80\xA6\xE2\x80\xAF");
}

TEST(InQuotes, EscapesQuotesAndBackslashes) {
  EXPECT_EQ(in_quotes(""), R"("")");
  EXPECT_EQ(in_quotes(R"(a "b" \c)"), R"("a \"b\" \\c")");
}

TEST(Printable, ReplacesInvalidUtf8) {
  EXPECT_EQ(printable("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "abc\xE2\x80\xA6");
  EXPECT_EQ(printable("ab\xC3\xA9", 3), "ab\xE2\x80\xA6");
}

TEST(ShowValue, ShowsWhatIsTooShortForAToken) {
  EXPECT_EQ(show_value("30"), "'30'");
  EXPECT_EQ(show_value(""), "''");
  EXPECT_EQ(show_value("a\nb"), "'a\\x0ab'");
  EXPECT_EQ(show_value("0123456789abcdef"), "'0123456789abcdef'");
  EXPECT_EQ(show_value("0123456789abcdefg"), "this");
}

TEST(ValidUtf8, KeepsWhatIsValidAndReplacesTheRest) {
  EXPECT_EQ(valid_utf8("gr\xC3\xBC\xC3\x9F \xE6\xBC\xA2 \xF0\x9F\x9A\x80"),
            "gr\xC3\xBC\xC3\x9F \xE6\xBC\xA2 \xF0\x9F\x9A\x80");
  constexpr const char* kBad = "\xEF\xBF\xBD";
  EXPECT_EQ(valid_utf8("\x80"), kBad);
  EXPECT_EQ(valid_utf8("\xC0\xAF"), std::string(kBad) + kBad) << "overlong";
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), std::string(kBad) + kBad + kBad) << "surrogate";
  EXPECT_EQ(valid_utf8("\xE6\xBC"), std::string(kBad) + kBad) << "cut off";
  EXPECT_EQ(valid_utf8("\xF4\x90\x80\x80"), std::string(kBad) + kBad + kBad + kBad) << "too high";
}

TEST(HasOddSpace, FindsSpacesThatOneDoesNotSee) {
  for (const char* text : {" ", " a", "a ",
                           "a\xC2\xA0"
                           "b",
                           "\xE1\x9A\x80", "a\xE2\x80\x80", "\xE2\x80\x8B",
                           "a\xE2\x80\xAF"
                           "b",
                           "\xE2\x81\x9F", "\xE2\x81\xA0", "\xE3\x80\x80",
                           "\xEF\xBB\xBF"
                           "a"}) {
    EXPECT_TRUE(has_odd_space(text)) << text;
  }
  for (const char* text : {"", "a", "a b", "a  b", "\xE4\xB8\xAD \xE6\x96\x87", "\xC2\xA1",
                           "\xE2\x80\x8C", "\xE2\x80\x94", "\xFF"}) {
    EXPECT_FALSE(has_odd_space(text)) << text;
  }
}

TEST(PercentEncode, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encode("sd-1.5_x~Z"), "sd-1.5_x~Z");
  EXPECT_EQ(percent_encode("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
  EXPECT_EQ(percent_encode("\xC3\xBC"), "%C3%BC");
}

TEST(PercentEncode, EncodesPathSteps) {
  EXPECT_EQ(percent_encode("."), "%2E");
  EXPECT_EQ(percent_encode(".."), "%2E%2E");
  EXPECT_EQ(percent_encode("..."), "...");
}

TEST(JoinSome, NamesAsManyAsFitAndCountsTheRest) {
  EXPECT_EQ(join_some({}, 10), "");
  EXPECT_EQ(join_some({"a", "b", "c"}, 7), "a, b, c");
  EXPECT_EQ(join_some({"a", "b", "c"}, 6), "a, b and 1 more");
  EXPECT_EQ(join_some({"too long", "b", "c"}, 3), "too long and 2 more");
  EXPECT_EQ(join_some({"too long"}, 3), "too long");
}

}  // namespace
}  // namespace everai
