#include "api/json_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace everai::api {
namespace {

TEST(JsonValueBytes, MeasuresTheValueAtTheFront) {
  for (const std::string value :
       {"null", "true", "false", "0", "-1.5e+3", "1e999", R"("a\"b")", "[]", "{}", "[ 1 , [ ] ]",
        R"({ "a" : { "b" : [ 1 , "x" , null ] } , "c" : { } })", R"(["\ud83d\ude80","\udfff"])"}) {
    EXPECT_EQ(json_value_bytes(value), value.size()) << value;
    EXPECT_EQ(json_value_bytes(value + " ,1]}"), value.size()) << value;
  }
}

TEST(JsonValueBytes, RefusesWhatIsMalformedOrCutOff) {
  for (const char* text :
       {"",        " ",         "nul",   "+1",         "01",      "1.",         "1e",
        "-",       ".5",        "\"a",   "\"a\\\"",    "\"\\q\"", "\"\\u12\"",  "\"\\u12g4\"",
        "\"\n\"",  "\"\\\n\"",  "[",     "[1",         "[1,",     "[1,]",       "[,1]",
        "[,]",     "[1 2]",     "[1}",   "{",          "{\"a\"",  "{\"a\":",    "{\"a\":1",
        "{\"a\"}", "{\"a\" 1}", "{1:2}", "{\"a\":1,}", "{,}",     "{\"a\":1]",  "{\"a\":[1}}",
        "]",       "}",         "[1:2]", "{\"a\",1}",  "'a'",     "{\"\\q\":1}"}) {
    EXPECT_EQ(json_value_bytes(text), std::nullopt) << text;
  }
}

TEST(JsonValueBytes, KeepsTheKindsOfContainersApartAtEachDepth) {
  for (std::size_t depth = 1; depth < 200; ++depth) {
    std::string open;
    std::string close;
    for (std::size_t i = 0; i < depth; ++i) {
      const bool object = i % 3 == 0;
      open += object ? R"({"x":)" : "[";
      close.insert(0, 1, object ? '}' : ']');
    }
    EXPECT_EQ(json_value_bytes(open + "0" + close), open.size() + 1 + depth) << depth;
    for (std::size_t i = 0; i < depth; ++i) {
      std::string wrong = close;
      wrong[i] = wrong[i] == '}' ? ']' : '}';
      ASSERT_EQ(json_value_bytes(open + "0" + wrong), std::nullopt) << depth << " " << i;
    }
  }
}

TEST(EscapesIn, TellsLoneSurrogatesFromPairsAndFromWhatIsMalformed) {
  for (const char* text : {"", "plain", R"(\"\\\/\b\f\n\r\t)", R"(\u0000\uFfFf)", R"(\ud83d\ude80)",
                           R"(\\ud800)", R"(\ud83d\ude80\uDBFF\uDFFF)"}) {
    EXPECT_EQ(escapes_in(text), Escapes::kGood) << text;
  }
  for (const char* text :
       {R"(\ud800)", R"(\udc00)", R"(\udfff tail)", R"(\ud800x)", R"(\ud800\n)",
        R"(\ud800\ud800\udc00)", R"(\ude80\ud83d)", R"(\ud83d\ude80\ude80)", R"(\ud800 \udc00)"}) {
    EXPECT_EQ(escapes_in(text), Escapes::kLoneSurrogate) << text;
  }
  for (const char* text : {R"(\)", R"(\q)", R"(\u)", R"(\u12)", R"(\u12g4)", R"(\U0041)",
                           R"(\ud800\u)", R"(\ud800\)", R"(\u-123)", R"(\u 123)", R"(\u0x1f)"}) {
    EXPECT_EQ(escapes_in(text), Escapes::kMalformed) << text;
  }
}

}  // namespace
}  // namespace everai::api
