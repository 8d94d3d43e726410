#include "state/saved_state.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "state/saved_state_format.hpp"
#include "support/saved_memory.hpp"
#include "support/temp_dir.hpp"
#include "util/sha256.hpp"

namespace everai::state {
namespace {

using test::rich_device_errors;
using test::rich_memory;
using Reasons = std::vector<std::string>;

const AppKey kSd{"https://a", {"default", "sd"}};
const AppKey kYou{"https://a", {"team-b", "\xE4\xBD\xA0"}};

AppLines::value_type line(const AppKey& key, const AppMemory& memory,
                          std::chrono::seconds unconfigured = {}) {
  return {key, {std::make_shared<const std::string>(render_saved_app(key, memory)), unconfigured}};
}

std::string rich_text() {
  return render_saved_state({line(kSd, rich_memory()), line(kYou, {}, std::chrono::hours{1})},
                            rich_device_errors());
}

const std::string kHeader = "{\"format\":\"everai_exporter state\",\"version\":2}\n";
const std::string kNoDevices = "{\"devices\":[],\"other_devices\":0}";

std::string record(const std::string& number, const std::string& kind, const std::string& body) {
  const std::string rest = fmt::format("{} {} {}", number, kind, body);
  return fmt::format("{} {}\n", saved_checksum(rest), rest);
}

std::string app_record(std::uint64_t number, std::uint64_t requests, const AppKey& key = kSd) {
  AppMemory memory;
  memory.counters.requests = requests;
  return record(std::to_string(number), "app", render_saved_app(key, memory));
}

/// The lines of a text, with their newlines.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  return fmt::format("{}", fmt::join(lines, ""));
}

/// Parses what must have the right header.
SavedState read(const std::string& text) {
  Result<SavedState> state = parse_saved_state(text);
  EXPECT_TRUE(state) << state.error().message;
  return state ? std::move(*state) : SavedState{};
}

std::vector<std::uint64_t> requests_of(const SavedState& state) {
  std::vector<std::uint64_t> requests;
  for (const SavedApp& app : state.apps) {
    requests.push_back(app.memory.counters.requests);
  }
  return requests;
}

/// The damages as `LINE APP: REASON`.
Reasons damages_of(const SavedState& state) {
  Reasons reasons;
  for (const Damage& damage : state.damages) {
    reasons.push_back(fmt::format("{} {}: {}", damage.line,
                                  damage.app ? api::to_string(*damage.app) : "?", damage.reason));
  }
  return reasons;
}

std::string refusal(const std::string& text) {
  const Result<SavedState> state = parse_saved_state(text);
  if (state) {
    return "accepted";
  }
  EXPECT_EQ(state.error().code, ErrorCode::kPayload);
  return state.error().message;
}

/// Why the rich app cannot be read with the first `from` of its text replaced.
std::string refusal_with(const std::string& from, const std::string& to) {
  std::string text = render_saved_app(kSd, rich_memory());
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  const Result<SavedApp> app = parse_saved_app(text);
  return app ? "accepted" : app.error().message;
}

void expect_same(const AppMemory& memory, const AppMemory& wanted) {
  EXPECT_EQ(memory.watch_began, wanted.watch_began);
  EXPECT_EQ(memory.watched, wanted.watched);
  EXPECT_EQ(memory.forgotten_until, wanted.forgotten_until);
  EXPECT_EQ(memory.last_poll, wanted.last_poll);
  EXPECT_EQ(memory.app_id, wanted.app_id);
  EXPECT_EQ(memory.queue_name, wanted.queue_name);
  EXPECT_EQ(memory.counters, wanted.counters);
  EXPECT_EQ(memory.workers, wanted.workers);
}

TEST(SavedState, ComesBackAsItWas) {
  const SavedState state = read(rich_text());
  EXPECT_EQ(damages_of(state), Reasons{});
  ASSERT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(state.apps[0].key, kSd);
  EXPECT_EQ(state.apps[0].unconfigured, std::chrono::seconds{0});
  expect_same(state.apps[0].memory, rich_memory());
  EXPECT_EQ(state.apps[1].key, kYou);
  EXPECT_EQ(state.apps[1].unconfigured, std::chrono::hours{1});
  expect_same(state.apps[1].memory, {});
  EXPECT_EQ(state.device_errors, rich_device_errors());
}

TEST(SavedState, KeepsEveryBitOfADouble) {
  const SavedState state = read(rich_text());
  const auto& before = rich_memory().counters.worker_seconds;
  const auto& after = state.apps.at(0).memory.counters.worker_seconds;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(after.at(i)),
              std::bit_cast<std::uint64_t>(before.at(i)));
  }
}

TEST(SavedState, RendersTheSameBytesAgain) {
  const SavedState state = read(rich_text());
  AppLines lines;
  for (const SavedApp& app : state.apps) {
    lines.insert(line(app.key, app.memory, app.unconfigured));
  }
  EXPECT_EQ(render_saved_state(lines, state.device_errors), rich_text());
}

TEST(SavedState, MayHoldNoApp) {
  const std::string text = kHeader + record("1", "devices", kNoDevices) + record("2", "end", "1");
  EXPECT_EQ(render_saved_state({}, {}), text);
  EXPECT_TRUE(read(text).apps.empty());
  EXPECT_EQ(damages_of(read(text)), Reasons{});
}

// A file of an earlier program is read by this one: whoever changes the format, the states of
// workers or the bounds of a histogram makes a new version.
TEST(SavedState, IsOfVersion2) {
  EXPECT_EQ(test::read_file(EVERAI_TESTDATA "/state/version2"), rich_text());
  EXPECT_EQ(kWorkerStateCount, 8U);
  EXPECT_EQ(kStartBounds.back(), 1200);
  EXPECT_EQ(kLifetimeBounds.back(), 604800);
}

/// The rich memory, as far as the first version knew it.
AppMemory rich_memory_of_version_1() {
  AppMemory memory = rich_memory();
  memory.watched = memory.last_poll - *memory.watch_began;
  memory.forgotten_until = memory.last_poll - std::chrono::hours{48} + std::chrono::seconds{30};
  for (WorkerMemory& worker : memory.workers) {
    worker.created_at.reset();
    worker.latest_launch = worker.launch_at;
    worker.lower_success = 0;
    worker.lower_failed = 0;
    worker.stale_polls = 0;
    worker.lower_polls = 0;
    worker.missing_polls = 0;
  }
  return memory;
}

TEST(SavedState, ReadsVersion1) {
  const SavedState state = read(test::read_file(EVERAI_TESTDATA "/state/version1"));
  EXPECT_EQ(damages_of(state), Reasons{});
  ASSERT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(state.apps[0].key, (AppKey{"", kSd.app}));
  expect_same(state.apps[0].memory, rich_memory_of_version_1());
  EXPECT_EQ(state.apps[1].key, (AppKey{"", kYou.app}));
  expect_same(state.apps[1].memory, {});
  EXPECT_EQ(state.device_errors, rich_device_errors());
}

TEST(SavedState, RefusesVersion1WithAnyBitFlippedOrCutAnywhere) {
  std::string text = test::read_file(EVERAI_TESTDATA "/state/version1");
  for (std::size_t at = 0; at < text.size(); ++at) {
    ASSERT_FALSE(parse_saved_state(std::string_view(text).substr(0, at))) << at;
    for (int bit = 0; bit < 8; ++bit) {
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      ASSERT_FALSE(parse_saved_state(text)) << "byte " << at << ", bit " << bit;
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
    }
  }
  EXPECT_EQ(refusal(text + "\n"), "it is cut off or damaged: its checksum is wrong");
}

TEST(SavedState, KeepsTextsOfAnyBytes) {
  AppMemory memory;
  memory.app_id = std::string("a\0b\n\"\xFF", 6);
  memory.queue_name = "\xED\xA0\x80";
  memory.workers = {{.id = "\xC3"}, {.id = "\xFE"}, {.id = "\xFF"}};
  memory.counters.revisions = {{.revision = "\x80"}};
  memory.counters.gpu_seconds = {{.model = "\xF5"}};
  const SavedState state = read(render_saved_state({line(kSd, memory)}, {{{"\xFF", 1}}, 0}));
  EXPECT_EQ(damages_of(state), Reasons{});
  expect_same(state.apps.at(0).memory, memory);
  EXPECT_EQ(state.device_errors.devices.at(0).id, "\xFF");
}

TEST(SavedState, KeepsNumbersThatAreNone) {
  using Limits = std::numeric_limits<double>;
  AppMemory memory;
  memory.counters.worker_seconds = {Limits::infinity(), -Limits::infinity(), Limits::max()};
  memory.counters.lifetime.sum = Limits::quiet_NaN();
  const SavedState state = read(render_saved_state({line(kSd, memory)}, {}));
  EXPECT_EQ(damages_of(state), Reasons{});
  const AppCounters& counters = state.apps.at(0).memory.counters;
  EXPECT_EQ(counters.worker_seconds, memory.counters.worker_seconds);
  EXPECT_TRUE(std::isnan(counters.lifetime.sum));
}

TEST(SavedState, SavesATimeBeyondItsLimitAsTheLastWithin) {
  const Timestamp last = kTimeLimit - std::chrono::microseconds{1};
  AppMemory memory;
  memory.last_poll = kTimeLimit;
  memory.watch_began = Timestamp::min();
  memory.counters.last_served = Timestamp::max();
  memory.forgotten_until = Timestamp{-last.time_since_epoch()};
  const SavedState state = read(render_saved_state({line(kSd, memory)}, {}));
  EXPECT_EQ(damages_of(state), Reasons{});
  const AppMemory& saved = state.apps.at(0).memory;
  EXPECT_EQ(saved.last_poll, last);
  EXPECT_EQ(saved.watch_began, memory.forgotten_until);
  EXPECT_EQ(saved.counters.last_served, last);
  EXPECT_EQ(saved.forgotten_until, memory.forgotten_until);
}

TEST(SavedState, LosesTheAppOfADamagedLineAlone) {
  const AppKey third{"https://b", {"z", "z"}};
  const std::string text = render_saved_state(
      {line(kSd, rich_memory()), line(kYou, {}), line(third, {})}, rich_device_errors());
  std::string damaged = text;
  damaged[text.find("\"failed\":2")] = '!';
  SavedState state = read(damaged);
  ASSERT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(state.apps[0].key, kYou);
  EXPECT_EQ(state.apps[1].key, third);
  EXPECT_EQ(state.device_errors, rich_device_errors());
  EXPECT_EQ(damages_of(state), Reasons{"2 default/sd: its checksum is wrong"});

  damaged = text;
  damaged[text.find("\"z\"")] = '!';
  EXPECT_EQ(damages_of(read(damaged)), Reasons{"4 ?: its checksum is wrong"});
}

TEST(SavedState, NoticesEveryFlippedBitBehindTheHeader) {
  std::string text = rich_text();
  for (std::size_t at = kHeader.size(); at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      const SavedState state = read(text);
      ASSERT_GT(state.damage_count, 0U) << "byte " << at << ", bit " << bit;
      // A newline that is gone joins two lines.
      ASSERT_GE(state.apps.size(), 0U);
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
    }
  }
}

TEST(SavedState, NoticesThatItIsCutAnywhere) {
  const std::string text = rich_text();
  for (std::size_t size = 0; size < kHeader.size(); ++size) {
    ASSERT_FALSE(parse_saved_state(std::string_view(text).substr(0, size))) << size;
  }
  for (std::size_t size = kHeader.size(); size < text.size(); ++size) {
    const SavedState state = read(text.substr(0, size));
    ASSERT_GT(state.damage_count, 0U) << size;
    ASSERT_EQ(damages_of(state).back(), "0 ?: it is cut off: its last record is missing");
  }
}

TEST(SavedState, UsesWhatIsBeforeACut) {
  std::vector<std::string> lines = lines_of(rich_text());
  lines.resize(3);
  SavedState state = read(join(lines));
  EXPECT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(damages_of(state), Reasons{"0 ?: it is cut off: its last record is missing"});

  lines[2].resize(100);
  state = read(join(lines));
  EXPECT_EQ(requests_of(state), std::vector<std::uint64_t>{1});
  EXPECT_EQ(damages_of(state),
            (Reasons{"3 ?: it is cut off", "0 ?: it is cut off: its last record is missing"}));
}

TEST(SavedState, NoticesThatALineIsMissingOrThereTwice) {
  std::vector<std::string> lines = lines_of(rich_text());
  std::vector<std::string> fewer = lines;
  fewer.erase(fewer.begin() + 1);
  EXPECT_EQ(damages_of(read(join(fewer))), Reasons{"0 ?: it has 2 records and not 3"});
  EXPECT_EQ(read(join(fewer)).apps.size(), 1U);

  lines.insert(lines.begin() + 1, lines[1]);
  EXPECT_EQ(damages_of(read(join(lines))), Reasons{"0 ?: it has 4 records and not 3"});
  EXPECT_EQ(read(join(lines)).apps.size(), 2U);
}

TEST(SavedState, ReadsLinesInAnyOrder) {
  std::vector<std::string> lines = lines_of(rich_text());
  std::reverse(lines.begin() + 1, lines.end());
  const SavedState state = read(join(lines));
  EXPECT_EQ(damages_of(state), Reasons{});
  EXPECT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(state.device_errors, rich_device_errors());
}

TEST(SavedState, ReadsLinesThatEndAsOnWindows) {
  std::string text;
  for (std::string line : lines_of(rich_text())) {
    line.insert(line.size() - 1, "\r");
    text += line;
  }
  EXPECT_EQ(damages_of(read(text)), Reasons{});
  EXPECT_EQ(read(text).apps.size(), 2U);
}

TEST(SavedState, SkipsGarbageBetweenLines) {
  std::vector<std::string> lines = lines_of(rich_text());
  lines.insert(lines.begin() + 1, "\n");
  lines.insert(lines.begin() + 3, std::string(5000, '\0').append("\n"));
  lines.insert(lines.begin() + 4, "{\"namespace\":\"a\",\"app\":\"b\",\"watch_began\":null}\n");
  const SavedState state = read(join(lines));
  EXPECT_EQ(state.apps.size(), 2U);
  EXPECT_EQ(damages_of(state), (Reasons{"2 ?: its checksum is wrong", "4 ?: its checksum is wrong",
                                        "5 a/b: its checksum is wrong"}));
}

TEST(SavedState, TellsTheFirstOfVeryManyDamages) {
  const std::string text = kHeader + std::string(100000, '\n') + record("2", "end", "0");
  const SavedState state = read(text);
  EXPECT_EQ(state.damages.size(), kMaxDamages);
  EXPECT_EQ(state.damage_count, 100000U);
}

TEST(SavedState, TakesTheRecordWithTheHigherNumber) {
  const std::string most = std::to_string(std::numeric_limits<std::uint64_t>::max());
  AppMemory newest;
  newest.counters.requests = 9;
  std::vector<std::string> lines = {kHeader,
                                    app_record(7, 5),
                                    record(most, "app", render_saved_app(kSd, newest)),
                                    app_record(8, 6),
                                    record("3", "devices", "{\"devices\":[],\"other_devices\":4}"),
                                    record("2", "devices", kNoDevices),
                                    record(most, "end", "5"),
                                    record("1", "end", "1")};
  const SavedState state = read(join(lines));
  EXPECT_EQ(damages_of(state), Reasons{});
  EXPECT_EQ(requests_of(state), std::vector<std::uint64_t>{9});
  EXPECT_EQ(state.device_errors.other, 4U);
}

TEST(SavedState, KeepsTheEarlierRecordIfALaterOneIsTorn) {
  const std::string torn = app_record(2, 6).substr(0, 200);
  const SavedState state = read(kHeader + app_record(1, 5) + torn);
  EXPECT_EQ(requests_of(state), std::vector<std::uint64_t>{5});
  EXPECT_EQ(damages_of(state).at(0), "3 default/sd: it is cut off");
}

TEST(SavedState, TellsAppsOfDifferentEndpointsApart) {
  const AppKey elsewhere{"https://b", kSd.app};
  const SavedState state =
      read(kHeader + app_record(1, 5) + app_record(2, 6, elsewhere) + record("3", "end", "2"));
  EXPECT_EQ(damages_of(state), Reasons{});
  EXPECT_EQ(requests_of(state), (std::vector<std::uint64_t>{5, 6}));
}

TEST(SavedState, SkipsWhatALaterProgramAdds) {
  AppMemory memory;
  std::string app = render_saved_app(kSd, memory);
  app.insert(1, "\"added\":[1],");
  const SavedState state =
      read("{\"format\":\"everai_exporter state\",\"version\":2,\"minor\":1}\n" +
           record("1", "app", app) + record("2", "heartbeat", "now") + record("3", "end", "2"));
  EXPECT_EQ(damages_of(state), Reasons{});
  EXPECT_EQ(state.apps.size(), 1U);
}

TEST(SavedState, TellsRecordsThatAreNone) {
  const std::string text = kHeader + record("18446744073709551616", "app", "{}") +
                           record("-1", "app", "{}") + record("", "app", "{}") +
                           record("1", "app", "{}") + record("2", "devices", "[") +
                           record("3", "end", "-1") + record("4", "end", "2");
  EXPECT_EQ(damages_of(read(text)),
            (Reasons{"2 ?: it has no number", "3 ?: it has no number", "4 ?: it has no number",
                     "5 ?: there is no 'endpoint'", "6 ?: it is no JSON",
                     "7 ?: it does not say how many records there are"}));
}

TEST(SavedState, SaysThatATextIsForeign) {
  for (const char* text : {"", "\n", "apps:\n  - default/sd\n", "{}\n", "[1]\n", "null\n",
                           "{\"format\":\"prometheus\",\"version\":1}\n"}) {
    EXPECT_EQ(refusal(text), "it is no state file") << text;
  }
  EXPECT_EQ(refusal(std::string(100000, '[')), "it is no state file");
  EXPECT_EQ(refusal(std::string(100000, '\0')), "it is no state file");
  EXPECT_EQ(refusal(rich_text().substr(kHeader.size())), "it is no state file");
}

TEST(SavedState, SaysThatAVersionIsNewer) {
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":3}\nwho knows"),
            "version 3 is newer than this program knows (2)");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":0}\n"),
            "it is damaged: it has no version");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\",\"version\":\"1\"}\n"),
            "it is damaged: it has no version");
  EXPECT_EQ(refusal("{\"format\":\"everai_exporter state\"}\n"),
            "it is damaged: it has no version");
}

TEST(SavedState, RefusesWrongTypes) {
  EXPECT_EQ(refusal_with("\"app\":", "\"App\":"), "there is no 'app'");
  EXPECT_EQ(refusal_with("\"a1\"", "1"), "something is no text");
  EXPECT_EQ(refusal_with("\"a1\"", "{\"hex\":\"f\"}"), "something is no text");
  EXPECT_EQ(refusal_with("\"a1\"", "{\"hex\":\"0g\"}"), "something is no text");
  EXPECT_EQ(refusal_with("\"a1\"", "{\"hex\":1}"), "something is no text");
  EXPECT_EQ(refusal_with("\"requests\":1", "\"requests\":-1"),
            "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with("\"requests\":1", "\"requests\":1.0"),
            "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with("\"worker_seconds\":[0.1", "\"worker_seconds\":[\"0.1\""),
            "something is no number");
  EXPECT_EQ(refusal_with("\"worker_seconds\":[0.1,", "\"worker_seconds\":["),
            "a list has 7 elements and not 8");
  EXPECT_EQ(refusal_with("\"counts\":[1,", "\"counts\":["), "a list has 11 elements and not 12");
  EXPECT_EQ(refusal_with("\"revisions\":[[", "\"revisions\":{},\"x\":[["), "something is no list");
  EXPECT_EQ(refusal_with("{\"endpoint\"", "[{\"endpoint\""), "it is no JSON");
}

TEST(SavedState, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(refusal_with("18446744073709551615", "18446744073709551616"),
            "something is no whole number from 0 to 18446744073709551615");
  EXPECT_EQ(refusal_with(",255,", ",256,"), "something is no whole number from 0 to 255");
  EXPECT_EQ(refusal_with("1.7976931348623157e+308", "1e309"), "it is no JSON");
  EXPECT_EQ(refusal_with("\"last_served\":1", "\"last_served\":99999"), "something is no time");
  EXPECT_EQ(refusal_with("\"last_served\":1", "\"last_served\":9999999999"),
            "something is no time");
  // Bit 9 of a worker's flags has no meaning.
  EXPECT_EQ(refusal_with(",1,21]", ",1,512]"), "something is no whole number from 0 to 511");
}

TEST(SavedState, RefusesDisorderAndDoubles) {
  EXPECT_EQ(refusal_with("\"r1\"", "\"r3\""), "a list is not sorted");
  EXPECT_EQ(refusal_with("\"r1\"", "\"r2\""), "a list is not sorted");
  EXPECT_EQ(refusal_with("\"A100\"", "\"Z100\""), "a list is not sorted");
  EXPECT_EQ(refusal_with("\"9zFtE2\"", "\"!\""), "a list is not sorted");
  const Result<DeviceErrors> devices =
      parse_saved_devices("{\"devices\":[[\"a\",1],[\"a\",2]],\"other_devices\":0}");
  ASSERT_FALSE(devices);
  EXPECT_EQ(devices.error().message, "a device is there twice");
}

TEST(SavedState, DropsWhatNestsTooDeep) {
  const std::string deep(100000, '[');
  EXPECT_EQ(parse_saved_app(deep).error().message, "it is no JSON");
  EXPECT_EQ(parse_saved_app(deep + std::string(100000, ']')).error().message,
            "there is no 'endpoint'");
}

}  // namespace
}  // namespace everai::state
