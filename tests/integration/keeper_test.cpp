// What is kept from one run to the next, through a real file.

#include "state/keeper.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "support/saved_memory.hpp"
#include "support/temp_dir.hpp"

namespace everai::state {
namespace {

using test::read_file;
using test::rich_memory;
using test::TempDir;
using test::write_file;

const AppKey kSd{"https://a", {"default", "sd"}};
const AppKey kLlm{"https://a", {"default", "llm"}};
const AppKey kSdElsewhere{"https://b", {"default", "sd"}};

using Requests = std::map<AppKey, std::uint64_t>;

/// Two clocks, each of which goes as a test says. Thread-safe: the keeper has a thread that asks.
class SteppedClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return steady.load(); }
  [[nodiscard]] Timestamp system_now() const override { return wall.load(); }
  void advance(SteadyTime::duration by) { steady = steady.load() + by; }
  void set_ahead(Timestamp::duration by) { wall = wall.load() + by; }

 private:
  std::atomic<SteadyTime> steady{SteadyTime{std::chrono::hours{1000}}};
  std::atomic<Timestamp> wall{Timestamp{std::chrono::seconds{1727602800}}};
};

class KeeperTest : public testing::Test {
 protected:
  OpenedState open() {
    Result<OpenedState> opened = open_state(path, clock);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<Keeper> make() {
    OpenedState opened = open();
    return std::make_unique<Keeper>(std::move(opened.file), std::move(opened.saved), clock, [] {});
  }
  /// A run of the exporter.
  std::unique_ptr<Keeper> start(const std::set<AppKey>& apps) {
    auto keeper = make();
    back = requests_of(keeper->configure(apps));
    keeper->start();
    return keeper;
  }
  static Requests requests_of(const AppMemories& memories) {
    Requests requests;
    for (const auto& [app, memory] : memories) {
      requests.emplace(app, memory.counters.requests);
    }
    return requests;
  }
  static Reduced reduced(std::uint64_t requests) {
    Reduced result;
    result.memory = rich_memory();
    result.memory.counters.requests = requests;
    return result;
  }
  /// Runs once, with these counters.
  void run(const Requests& requests) {
    std::set<AppKey> apps;
    for (const auto& [app, count] : requests) {
      apps.insert(app);
    }
    const auto keeper = start(apps);
    for (const auto& [app, count] : requests) {
      static_cast<void>(keeper->keep(app, reduced(count), false));
    }
  }
  [[nodiscard]] Requests saved() {
    Requests requests;
    for (const SavedApp& app : open().saved.apps) {
      requests.emplace(app.key, app.memory.counters.requests);
    }
    return requests;
  }

  const TempDir dir;
  const std::string path = dir / "state";
  SteppedClock clock;
  Requests back;  ///< what the last run went on from
};

TEST_F(KeeperTest, KeepsNothingWithoutAFile) {
  Keeper keeper({}, {}, clock, [] {});
  EXPECT_TRUE(keeper.configure({kSd}).empty());
  keeper.start();
  EXPECT_EQ(keeper.keep(kSd, reduced(1), true), 0U);
  EXPECT_EQ(keeper.kept(), 0U);
  EXPECT_EQ(keeper.status(), std::nullopt);
  EXPECT_TRUE(keeper.configure({}).empty());
  EXPECT_TRUE(keeper.configure({kSd}).empty());
}

TEST_F(KeeperTest, GoesOnWithEachApp) {
  {
    const auto keeper = start({kSd, kLlm});
    EXPECT_GT(keeper->keep(kSd, reduced(7), false), keeper->kept());
    static_cast<void>(keeper->keep(kLlm, reduced(8), false));
  }
  start({kSd, kLlm}).reset();
  EXPECT_EQ(back, (Requests{{kSd, 7}, {kLlm, 8}}));
}

TEST_F(KeeperTest, DoesNotForgetAnAppThatCannotBePolled) {
  run({{kSd, 7}, {kLlm, 8}});
  static_cast<void>(start({kSd, kLlm})->keep(kLlm, reduced(9), false));
  EXPECT_EQ(saved(), (Requests{{kSd, 7}, {kLlm, 9}}));
}

TEST_F(KeeperTest, WritesNothingIfItWasNotStarted) {
  run({{kSd, 7}, {kLlm, 8}});
  const std::string before = read_file(path);
  {
    const auto failing = make();
    EXPECT_EQ(failing->configure({kLlm}).size(), 1U);
    EXPECT_EQ(failing->status(), std::nullopt);
    failing->finish();
  }
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(dir.names(), (std::set<std::string>{"state", "state.lock"}));
}

TEST_F(KeeperTest, KeepsAnAppForADayThatIsNoLongerConfigured) {
  run({{kSd, 7}, {kLlm, 8}});
  {
    const auto other = start({kLlm});
    clock.advance(std::chrono::hours{23});
  }
  run({{kLlm, 9}});
  EXPECT_EQ(saved(), (Requests{{kSd, 7}, {kLlm, 9}}));
  start({kSd}).reset();
  EXPECT_EQ(back, (Requests{{kSd, 7}}));
}

TEST_F(KeeperTest, ForgetsAnAppAfterADayOfRunning) {
  run({{kSd, 7}, {kLlm, 8}});
  for (int days = 0; days < 2; ++days) {
    EXPECT_EQ(saved().contains(kSd), true);
    const auto other = start({kLlm});
    clock.advance(std::chrono::hours{12});
  }
  EXPECT_EQ(saved(), (Requests{{kLlm, 8}}));
  start({kSd, kLlm}).reset();
  EXPECT_EQ(back, (Requests{{kLlm, 8}}));
}

TEST_F(KeeperTest, ForgetsNoAppForAClockThatIsSet) {
  run({{kSd, 7}, {kLlm, 8}});
  for (const std::chrono::hours step : {std::chrono::hours{1000}, std::chrono::hours{-2000}}) {
    const auto other = start({kLlm});
    clock.set_ahead(step);
    static_cast<void>(other->keep(kLlm, reduced(9), true));
  }
  start({kSd}).reset();
  EXPECT_EQ(back, (Requests{{kSd, 7}}));
}

TEST_F(KeeperTest, GivesBackAnAppThatAReloadTookOut) {
  const auto keeper = start({kSd, kLlm});
  static_cast<void>(keeper->keep(kSd, reduced(7), false));
  EXPECT_TRUE(keeper->configure({kLlm}).empty());
  clock.advance(std::chrono::hours{23});
  EXPECT_EQ(requests_of(keeper->configure({kSd, kLlm})), (Requests{{kSd, 7}}));
  EXPECT_TRUE(keeper->configure({kLlm}).empty());
  clock.advance(std::chrono::hours{24});
  EXPECT_TRUE(keeper->configure({kSd, kLlm}).empty());
}

TEST_F(KeeperTest, BeginsAnewAtAnotherEndpointAndKeepsTheOldOne) {
  run({{kSd, 7}});
  run({{kSdElsewhere, 1}});
  EXPECT_TRUE(back.empty());
  EXPECT_EQ(saved(), (Requests{{kSd, 7}, {kSdElsewhere, 1}}));
  start({kSd}).reset();
  EXPECT_EQ(back, (Requests{{kSd, 7}}));
}

TEST_F(KeeperTest, GoesOnFromTheFirstVersionAtTheConfiguredEndpoint) {
  write_file(path, read_file(EVERAI_TESTDATA "/state/version1"));
  start({kSdElsewhere}).reset();
  EXPECT_EQ(back, (Requests{{kSdElsewhere, 1}}));
  const AppKey unknown{"", {"team-b", "\xE4\xBD\xA0"}};
  EXPECT_EQ(saved(), (Requests{{kSdElsewhere, 1}, {unknown, 0}}));
  start({kSd}).reset();
  EXPECT_TRUE(back.empty()) << "now it is known where they were counted";
}

TEST_F(KeeperTest, SavesTheEndpointOfAnAppThatComesBackByAReload) {
  write_file(path, read_file(EVERAI_TESTDATA "/state/version1"));
  {
    const auto keeper = start({kLlm});
    EXPECT_EQ(requests_of(keeper->configure({kSd, kLlm})), (Requests{{kSd, 1}}));
  }
  EXPECT_TRUE(saved().contains(kSd));
}

TEST_F(KeeperTest, KeepsTheErrorsOfDevices) {
  Reduced failing = reduced(1);
  failing.errored_devices = {"host-1", "", "host-1"};
  static_cast<void>(start({kSd})->keep(kSd, failing, false));
  const auto keeper = start({kSd});
  EXPECT_EQ(keeper->device_errors(),
            (DeviceErrors{.devices = {{"host-1", 2}, {"unknown", 1}}, .other = 0}));
}

TEST_F(KeeperTest, BeginsAnewWhereTheFileIsDamaged) {
  write_file(path, "damaged");
  testing::internal::CaptureStderr();
  const OpenedState opened = open();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("level=error"), std::string::npos);
  EXPECT_TRUE(opened.file);
  EXPECT_TRUE(opened.saved.apps.empty());
}

TEST_F(KeeperTest, LosesTheAppOfADamagedLineAloneAndNamesIt) {
  run({{kSd, 7}, {kLlm, 8}});
  std::string damaged = read_file(path);
  damaged[damaged.find("\"requests\":7") + 11] = '8';
  write_file(path, damaged);
  testing::internal::CaptureStderr();
  start({kSd, kLlm}).reset();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(back, (Requests{{kLlm, 8}}));
  EXPECT_NE(log.find("level=error msg=\"a part of the state is lost\" app=default/sd error=\"state "
                     "file " +
                     path + ": line 3: its checksum is wrong\""),
            std::string::npos)
      << log;
  EXPECT_NE(log.find("level=warn msg=\"the damaged state file is set aside\" file=" + path +
                     " as=state.damaged-20240929T094000Z"),
            std::string::npos)
      << log;
  EXPECT_EQ(read_file(path + ".damaged-20240929T094000Z"), damaged);
  testing::internal::CaptureStderr();
  start({kSd, kLlm}).reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr().find("level=error"), std::string::npos);
}

TEST_F(KeeperTest, SaysHowManyMorePartsAreLost) {
  write_file(path,
             "{\"format\":\"everai_exporter state\",\"version\":2}\n" + std::string(50, '\n'));
  testing::internal::CaptureStderr();
  EXPECT_TRUE(open().saved.apps.empty());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("msg=\"more parts of the state are lost\" file=" + path + " parts=41"),
            std::string::npos)
      << log;
}

TEST_F(KeeperTest, RefusesAFileInUse) {
  const auto keeper = start({kSd});
  const Result<OpenedState> second = open_state(path, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kSystem);
}

}  // namespace
}  // namespace everai::state
