#include "web/html.hpp"

#include <gtest/gtest.h>

namespace everai::web {
namespace {

TEST(EscapeHtml, TakesAllMeaningFromMarkup) {
  EXPECT_EQ(escape_html("<script>alert('1' & \"2\")</script>"),
            "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt;");
}

TEST(EscapeHtml, EscapesWhatIsEscapedAlready) {
  EXPECT_EQ(escape_html("&lt;"), "&amp;lt;");
}

TEST(EscapeHtml, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(escape_html("sd-3.5 größe 模型 שלום 🚀"), "sd-3.5 größe 模型 שלום 🚀");
}

TEST(EscapeHtml, ShowsWhatReordersText) {
  EXPECT_EQ(escape_html("safe\u202Etxt.exe"), "safe\\u202etxt.exe");
  EXPECT_EQ(escape_html("\u061C\u200E\u200F\u202A\u2066\u2069"),
            "\\u061c\\u200e\\u200f\\u202a\\u2066\\u2069");
}

TEST(EscapeHtml, ShowsWhatIsInvisible) {
  EXPECT_EQ(escape_html("a\u200Bb\u00ADc\uFEFFd\U000E0041e"), "a\\u200bb\\u00adc\\ufeffd\\ue0041e");
}

TEST(EscapeHtml, KeepsTheJoinersThatScriptsNeed) {
  EXPECT_EQ(escape_html("a\u200Cb\u200Dc"), "a\u200Cb\u200Dc");
}

TEST(EscapeHtml, ShowsControlCharacters) {
  EXPECT_EQ(escape_html(std::string_view("a\0b\nc\x7F\u0085", 8)),
            "a\\u0000b\\u000ac\\u007f\\u0085");
}

TEST(EscapeHtml, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(escape_html("a\xFF\xC0<"), "a\uFFFD\uFFFD&lt;");
}

TEST(Shorten, LeavesWhatFitsAlone) {
  EXPECT_EQ(shorten("", 4), "");
  EXPECT_EQ(shorten("abcd", 4), "abcd");
  EXPECT_EQ(shorten("größe", 5), "größe");
}

TEST(Shorten, KeepsBeginAndEnd) {
  EXPECT_EQ(shorten("abcdefghijklm", 9), "abcde…klm");
}

TEST(Shorten, BreaksNoCharacter) {
  EXPECT_EQ(shorten("äöüßéèàâîô", 6), "äöü…îô");
}

TEST(Shorten, CountsWhatIsNoUtf8AsCharacters) {
  EXPECT_EQ(shorten("\xFF\xFF", 2), "\uFFFD\uFFFD");
}

}  // namespace
}  // namespace everai::web
