// What is kept from one run to the next, through a real file.

#include "state/keeper.hpp"

#include <gtest/gtest.h>

#include "support/saved_memory.hpp"
#include "support/temp_dir.hpp"

namespace everai::state {
namespace {

using test::read_file;
using test::rich_memory;
using test::TempDir;
using test::write_file;

const api::AppRef kSd{"default", "sd"};
const api::AppRef kLlm{"default", "llm"};

class KeeperTest : public testing::Test {
 protected:
  OpenedState open() {
    Result<OpenedState> opened = open_state(path, clock);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<Keeper> start(const std::set<api::AppRef>& apps) {
    OpenedState opened = open();
    auto keeper =
        std::make_unique<Keeper>(apps, std::move(opened.file), opened.saved, clock, [] {});
    keeper->start();
    return keeper;
  }
  static Reduced reduced(std::uint64_t requests) {
    Reduced result;
    result.memory = rich_memory();
    result.memory.counters.requests = requests;
    return result;
  }
  [[nodiscard]] std::uint64_t saved_requests(const api::AppRef& app) {
    for (const SavedState::App& saved : open().saved.apps) {
      if (saved.app == app) {
        return saved.memory.counters.requests;
      }
    }
    ADD_FAILURE() << api::to_string(app) << " is not saved";
    return 0;
  }

  const TempDir dir;
  const std::string path = dir / "state";
  const SystemClock clock;
};

TEST_F(KeeperTest, KeepsNothingWithoutAFile) {
  Result<OpenedState> opened = open_state("", clock);
  ASSERT_TRUE(opened);
  Keeper keeper({kSd}, std::move(opened->file), opened->saved, clock, [] {});
  EXPECT_EQ(keeper.keep(kSd, reduced(1), true), 0U);
  EXPECT_EQ(keeper.kept(), 0U);
  EXPECT_EQ(keeper.status(), std::nullopt);
}

TEST_F(KeeperTest, GoesOnWithEachApp) {
  {
    const auto keeper = start({kSd, kLlm});
    EXPECT_GT(keeper->keep(kSd, reduced(7), false), keeper->kept());
    static_cast<void>(keeper->keep(kLlm, reduced(8), false));
  }
  EXPECT_EQ(saved_requests(kSd), 7U);
  EXPECT_EQ(saved_requests(kLlm), 8U);
}

TEST_F(KeeperTest, DoesNotForgetAnAppThatCannotBePolled) {
  {
    const auto keeper = start({kSd, kLlm});
    static_cast<void>(keeper->keep(kSd, reduced(7), false));
    static_cast<void>(keeper->keep(kLlm, reduced(8), false));
  }
  static_cast<void>(start({kSd, kLlm})->keep(kLlm, reduced(9), false));
  EXPECT_EQ(saved_requests(kSd), 7U);
  EXPECT_EQ(saved_requests(kLlm), 9U);
}

TEST_F(KeeperTest, WritesNothingIfItWasNotStarted) {
  static_cast<void>(start({kSd, kLlm})->keep(kSd, reduced(7), false));
  const std::string before = read_file(path);
  {
    OpenedState opened = open();
    Keeper failing({kLlm}, std::move(opened.file), opened.saved, clock, [] {});
    EXPECT_EQ(failing.status(), std::nullopt);
    failing.finish();
  }
  EXPECT_EQ(read_file(path), before);
  EXPECT_EQ(dir.names(), (std::set<std::string>{"state", "state.lock"}));
}

TEST_F(KeeperTest, DropsAnAppThatIsNoLongerConfigured) {
  static_cast<void>(start({kSd, kLlm})->keep(kSd, reduced(7), false));
  start({kLlm}).reset();
  EXPECT_TRUE(open().saved.apps.empty());
}

TEST_F(KeeperTest, ForgetsAnAppThatIsTakenOut) {
  {
    const auto keeper = start({kSd, kLlm});
    static_cast<void>(keeper->keep(kSd, reduced(7), false));
    static_cast<void>(keeper->keep(kLlm, reduced(8), false));
    keeper->retain({kLlm});
  }
  const SavedState saved = open().saved;
  ASSERT_EQ(saved.apps.size(), 1U);
  EXPECT_EQ(saved.apps[0].app, kLlm);
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

TEST_F(KeeperTest, RefusesAFileInUse) {
  const auto keeper = start({kSd});
  const Result<OpenedState> second = open_state(path, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kSystem);
}

}  // namespace
}  // namespace everai::state
