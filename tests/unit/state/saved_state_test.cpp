#include "state/saved_state.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "support/saved_memory.hpp"
#include "support/temp_dir.hpp"
#include "util/sha256.hpp"

namespace everai::state {
namespace {

using test::rich_device_errors;
using test::rich_memory;

AppLines::value_type line(const api::AppRef& app, const AppMemory& memory) {
  return {app, std::make_shared<const std::string>(render_saved_app(app, memory))};
}

std::string rich_text() {
  return render_saved_state(
      {line({"default", "sd"}, rich_memory()), line({"team-b", "\xE4\xBD\xA0"}, {})},
      rich_device_errors());
}

/// A file's text of these lines, with the right checksum.
std::string text_of(const std::string& lines) {
  return lines + "{\"sha256\":\"" + sha256_hex(lines) + "\"}\n";
}

const std::string kHeader = "{\"format\":\"everai_exporter state\",\"version\":1}\n";
const std::string kNoDevices = "{\"devices\":[],\"other_devices\":0}\n";

std::string refusal(const std::string& text) {
  const Result<SavedState> state = parse_saved_state(text);
  if (state) {
    return "accepted";
  }
  EXPECT_EQ(state.error().code, ErrorCode::kPayload);
  return state.error().message;
}

/// The rich file with the first `from` replaced, and the checksum right.
std::string refusal_with(const std::string& from, const std::string& to) {
  std::string text = rich_text();
  text.erase(text.rfind("{\"sha256\""));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return refusal(text_of(text));
}

TEST(SavedState, ComesBackAsItWas) {
  const Result<SavedState> state = parse_saved_state(rich_text());
  ASSERT_TRUE(state) << state.error().message;
  ASSERT_EQ(state->apps.size(), 2U);
  EXPECT_EQ(state->apps[0].app, (api::AppRef{"default", "sd"}));
  const AppMemory& memory = state->apps[0].memory;
  const AppMemory rich = rich_memory();
  EXPECT_EQ(memory.watch_began, rich.watch_began);
  EXPECT_EQ(memory.last_poll, rich.last_poll);
  EXPECT_EQ(memory.app_id, rich.app_id);
  EXPECT_EQ(memory.queue_name, rich.queue_name);
  EXPECT_EQ(memory.counters, rich.counters);
  EXPECT_EQ(memory.workers, rich.workers);
  EXPECT_EQ(state->apps[1].app, (api::AppRef{"team-b", "\xE4\xBD\xA0"}));
  EXPECT_EQ(state->apps[1].memory.watch_began, std::nullopt);
  EXPECT_EQ(state->apps[1].memory.counters, AppCounters{});
  EXPECT_EQ(state->device_errors, rich_device_errors());
}

TEST(SavedState, KeepsEveryBitOfADouble) {
  const Result<SavedState> state = parse_saved_state(rich_text());
  ASSERT_TRUE(state);
  const auto& before = rich_memory().counters.worker_seconds;
  const auto& after = state->apps[0].memory.counters.worker_seconds;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(after.at(i)),
              std::bit_cast<std::uint64_t>(before.at(i)));
  }
}

TEST(SavedState, RendersTheSameBytesAgain) {
  const Result<SavedState> state = parse_saved_state(rich_text());
  ASSERT_TRUE(state);
  EXPECT_EQ(render_saved_state({line(state->apps[0].app, state->apps[0].memory),
                                line(state->apps[1].app, state->apps[1].memory)},
                               state->device_errors),
            rich_text());
}

TEST(SavedState, MayHoldNoApp) {
  EXPECT_EQ(render_saved_state({}, {}), text_of(kHeader + kNoDevices));
  const Result<SavedState> state = parse_saved_state(render_saved_state({}, {}));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_TRUE(state->apps.empty());
}

// A file of an earlier program is read by this one: whoever changes the format, the states of
// workers or the bounds of a histogram makes a new version.
TEST(SavedState, ReadsVersion1) {
  EXPECT_EQ(test::read_file(EVERAI_TESTDATA "/state/version1"), rich_text());
  EXPECT_EQ(kWorkerStateCount, 8U);
  EXPECT_EQ(kStartBounds.back(), 1200);
  EXPECT_EQ(kLifetimeBounds.back(), 604800);
}

TEST(SavedState, SurvivesAnIdThatIsNoUtf8) {
  AppMemory memory;
  memory.workers = {{.id = "\xFF\xC3"}};
  const Result<SavedState> state =
      parse_saved_state(render_saved_state({line({"default", "sd"}, memory)}, {}));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->apps[0].memory.workers.size(), 1U);
}

TEST(SavedState, RefusesATextThatIsCutAnywhere) {
  const std::string text = rich_text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_FALSE(parse_saved_state(std::string_view(text).substr(0, size))) << size;
  }
}

TEST(SavedState, RefusesATextWithAnyBitFlipped) {
  std::string text = rich_text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      ASSERT_FALSE(parse_saved_state(text)) << "byte " << at << ", bit " << bit;
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
    }
  }
}

TEST(SavedState, RefusesMoreBehindTheFooter) {
  EXPECT_EQ(refusal(rich_text() + "\n"), "it is cut off or damaged: its checksum is wrong");
  EXPECT_EQ(refusal(rich_text() + rich_text()), "it is cut off or damaged: its checksum is wrong");
}

TEST(SavedState, SaysThatATextIsForeign) {
  for (const char* text : {"", "\n", "apps:\n  - default/sd\n", "{}\n", "[1]\n", "null\n",
                           "{\"format\":\"prometheus\",\"version\":1}\n"}) {
    EXPECT_EQ(refusal(text), "it is no state file") << text;
  }
  EXPECT_EQ(refusal(std::string(100000, '[')), "it is no state file");
  EXPECT_EQ(refusal(std::string(100000, '\0')), "it is no state file");
}

TEST(SavedState, SaysThatAVersionIsNewer) {
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":2}\nwho knows"),
            "version 2 is newer than this program knows (1)");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":0}\n"),
            "it is damaged: it has no version");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":\"1\"}\n"),
            "it is damaged: it has no version");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\"}\n"),
            "it is damaged: it has no version");
}

TEST(SavedState, RefusesWrongTypes) {
  const std::string line2 = "it is damaged: line 2: ";
  EXPECT_EQ(refusal_with("\"app\":", "\"App\":"), line2 + "there is no 'app'");
  EXPECT_EQ(refusal_with("\"a1\"", "1"), line2 + "something is no text");
  EXPECT_EQ(refusal_with("\"requests\":1", "\"requests\":-1"),
            line2 + "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with("\"requests\":1", "\"requests\":1.0"),
            line2 + "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with("\"worker_seconds\":[0.1", "\"worker_seconds\":[\"0.1\""),
            line2 + "something is no number");
  EXPECT_EQ(refusal_with("\"worker_seconds\":[0.1,", "\"worker_seconds\":["),
            line2 + "a list has 7 elements and not 8");
  EXPECT_EQ(refusal_with("\"counts\":[1,", "\"counts\":["),
            line2 + "a list has 11 elements and not 12");
  EXPECT_EQ(refusal_with("\"revisions\":[[", "\"revisions\":{},\"x\":[["),
            line2 + "something is no list");
  EXPECT_EQ(refusal_with("{\"namespace\"", "[{\"namespace\""), line2 + "it is no JSON");
}

TEST(SavedState, RefusesWhatIsOutOfRange) {
  const std::string line2 = "it is damaged: line 2: ";
  EXPECT_EQ(refusal_with("18446744073709551615", "18446744073709551616"),
            line2 + "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with(",255,", ",256,"), line2 + "something is no whole number from 0 to 255");
  EXPECT_EQ(refusal_with("1.7976931348623157e+308", "1e309"), line2 + "it is no JSON");
  EXPECT_EQ(refusal_with("\"last_served\":1", "\"last_served\":99999"),
            line2 + "something is no time");
  EXPECT_EQ(refusal_with("\"last_served\":1", "\"last_served\":9999999999"),
            line2 + "something is no time");
  // Bit 6 of a worker's flags has no meaning.
  EXPECT_EQ(refusal_with(",2,21]", ",2,64]"), line2 + "something is no whole number from 0 to 63");
}

TEST(SavedState, RefusesDisorderAndDoubles) {
  const std::string line2 = "it is damaged: line 2: ";
  EXPECT_EQ(refusal_with("\"r1\"", "\"r3\""), line2 + "a list is not sorted");
  EXPECT_EQ(refusal_with("\"r1\"", "\"r2\""), line2 + "a list is not sorted");
  EXPECT_EQ(refusal_with("\"A100\"", "\"Z100\""), line2 + "a list is not sorted");
  EXPECT_EQ(refusal_with("\"9zFtE2\"", "\"!\""), line2 + "a list is not sorted");
  const std::string app = render_saved_app({"default", "sd"}, {});
  EXPECT_EQ(refusal(text_of(kHeader + app + app + kNoDevices)),
            "it is damaged: line 3: the app is there twice");
  EXPECT_EQ(refusal_with("\"host-b\"", "\"\""), "it is damaged: line 4: a device is there twice");
}

TEST(SavedState, RefusesALineTooFewOrTooMany) {
  const std::string app = render_saved_app({"default", "sd"}, {});
  EXPECT_EQ(refusal(text_of(kHeader + app)), "it is damaged: line 2: there is no 'devices'");
  EXPECT_EQ(refusal(text_of(kHeader + kNoDevices + kNoDevices)),
            "it is damaged: line 2: there is no 'namespace'");
  EXPECT_EQ(refusal(text_of(kHeader)), "it is damaged: it has no lines");
}

TEST(SavedState, DropsWhatNestsTooDeep) {
  const std::string deep(100000, '[');
  EXPECT_EQ(refusal(text_of(kHeader + deep + "\n")), "it is damaged: line 2: it is no JSON");
  const std::string closed = deep + std::string(100000, ']');
  EXPECT_EQ(refusal(text_of(kHeader + closed + "\n" + kNoDevices)),
            "it is damaged: line 2: there is no 'namespace'");
}

}  // namespace
}  // namespace everai::state
