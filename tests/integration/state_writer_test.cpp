// The state writer's thread, with short intervals.

#include "state/state_writer.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "support/temp_dir.hpp"

namespace everai::state {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::read_file;
using test::TempDir;
using test::write_file;

constexpr Timestamp kNow{seconds{1727602800}};

/// Held: the disk hangs. Used by the `fsync` below.
std::mutex disk;  // NOLINT(*-avoid-non-const-global-variables)

/// Holds up whoever asks for the time of day, which the writer does at the end of a write.
class SlowClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override {
    return std::chrono::steady_clock::now() + ahead.load();
  }
  [[nodiscard]] Timestamp system_now() const override {
    const std::lock_guard wait(hold_up);
    return kNow;
  }

  std::atomic<seconds> ahead = seconds{0};
  mutable std::mutex hold_up;
};

const AppKey kA{"https://a", {"default", "a"}};
const AppKey kB{"https://a", {"default", "b"}};

int count(std::string_view in, std::string_view text) {
  int found = 0;
  for (auto at = in.find(text); at != std::string::npos; at = in.find(text, at + 1)) {
    ++found;
  }
  return found;
}

/// A writer in a directory of its own.
class StateWriterTest : public testing::Test {
 protected:
  StateWriter& start(milliseconds interval) {
    Result<StateFile> file = StateFile::open(path);
    EXPECT_TRUE(file);
    EXPECT_TRUE(file->load(kNow));
    writer.emplace(std::move(*file), clock, StateText{},
                   StateWriterOptions{.interval = interval,
                                      .reminder = hours{1},
                                      .patience = patience,
                                      .start_patience = patience,
                                      .on_settled = [this] { ++settlings; }});
    writer->start();
    return *writer;
  }

  static std::shared_ptr<const std::string> line(const char* name, std::uint64_t requests) {
    AppMemory memory;
    memory.counters.requests = requests;
    return std::make_shared<const std::string>(
        render_saved_app({"https://a", {"default", name}}, memory));
  }

  /// The requests by app that the file has; empty if it cannot be read.
  [[nodiscard]] std::vector<std::uint64_t> saved() const {
    std::vector<std::uint64_t> requests;
    if (const Result<SavedState> state = parse_saved_state(read_file(path))) {
      for (const SavedApp& app : state->apps) {
        requests.push_back(app.memory.counters.requests);
      }
    }
    return requests;
  }

  static bool wait_for(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + seconds{10};
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) {
        return false;
      }
      std::this_thread::sleep_for(milliseconds{1});
    }
    return true;
  }

  using Requests = std::vector<std::uint64_t>;

  const TempDir dir;
  const std::string path = dir / "state";
  const SystemClock clock;
  SlowClock slow;
  std::atomic<int> settlings = 0;
  milliseconds patience{10000};
  std::optional<StateWriter> writer;
};

TEST_F(StateWriterTest, WritesNothingBeforeItIsStarted) {
  Result<StateFile> file = StateFile::open(path);
  ASSERT_TRUE(file);
  writer.emplace(std::move(*file), clock, StateText{}, StateWriterOptions{});
  writer->update(kA, line("a", 1), true);
  EXPECT_EQ(writer->status(), std::nullopt);
  EXPECT_TRUE(writer->configure({}).empty());
  writer->finish();
  EXPECT_FALSE(std::filesystem::exists(path));
  writer.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(StateWriterTest, WritesAtItsEndForHowLongAnAppWasNotConfigured) {
  {
    Result<StateFile> file = StateFile::open(path);
    ASSERT_TRUE(file && file->load(kNow));
    writer.emplace(std::move(*file), slow, StateText{}, StateWriterOptions{});
    writer->update(kA, line("a", 1), false);
    writer->start();
    EXPECT_TRUE(writer->configure({}).empty());
    EXPECT_TRUE(wait_for([&] { return !saved().empty(); }));
    slow.ahead = hours{5};
  }
  writer.reset();
  EXPECT_EQ(parse_saved_state(read_file(path))->apps.at(0).unconfigured / hours{1}, 5);
}

TEST_F(StateWriterTest, WritesAtOnceWhatItBeginsWith) {
  start(hours{1});
  EXPECT_EQ(read_file(path), render_saved_state({}, {}));
  const StateStatus status = writer->status().value();
  EXPECT_TRUE(status.last_write_successful);
  EXPECT_TRUE(status.last_write_success);
  EXPECT_EQ(status.write_failures, 0U);
  EXPECT_EQ(status.size_bytes, read_file(path).size());
}

TEST_F(StateWriterTest, WaitsForTheInterval) {
  start(milliseconds{300});
  const auto begin = std::chrono::steady_clock::now();
  writer->update(kA, line("a", 1), false);
  writer->update(kA, line("a", 2), false);
  writer->update(kB, line("b", 3), false);
  ASSERT_TRUE(wait_for([&] { return !saved().empty(); }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{250});
  EXPECT_EQ(saved(), (Requests{2, 3}));
}

TEST_F(StateWriterTest, DoesNotWaitWithWhatIsUrgent) {
  start(hours{1});
  writer->update(kA, line("a", 1), false);
  writer->update(kB, line("b", 2), true);
  ASSERT_TRUE(wait_for([&] { return !saved().empty(); }));
  EXPECT_EQ(saved(), (Requests{1, 2}));
  writer->update(kA, line("a", 3), true);
  EXPECT_TRUE(wait_for([&] { return saved() == Requests{3, 2}; }));
}

TEST_F(StateWriterTest, WritesALastTimeAtItsEnd) {
  start(hours{1});
  writer->update(kA, line("a", 1), false);
  writer->update_devices({{{"host", 2}}, 0});
  writer.reset();
  EXPECT_EQ(saved(), Requests{1});
  EXPECT_EQ(parse_saved_state(read_file(path))->device_errors.devices.at(0).errors, 2U);
}

TEST_F(StateWriterTest, IsReleasedAtItsEnd) {
  start(hours{1});
  EXPECT_FALSE(StateFile::open(path));
  writer.reset();
  EXPECT_TRUE(StateFile::open(path));
}

TEST_F(StateWriterTest, SettlesUpdatesOnceTheyAreWritten) {
  start(hours{1});
  EXPECT_EQ(settlings, 1);
  const auto waiting = writer->update(kA, line("a", 1), false);
  EXPECT_LT(writer->settled(), waiting);
  const auto urgent = writer->update(kA, line("a", 2), true);
  EXPECT_GT(urgent, waiting);
  ASSERT_TRUE(wait_for([&] { return settlings == 2; }));
  EXPECT_EQ(writer->settled(), urgent);
  EXPECT_EQ(saved(), Requests{2});
}

TEST_F(StateWriterTest, GoesOnTryingWhenItCannotWrite) {
  // A directory in the place of the file that is written beside.
  std::filesystem::create_directories(dir / "state.tmp/in the way");
  start(milliseconds{10});
  EXPECT_FALSE(writer->status()->last_write_successful);
  EXPECT_FALSE(writer->status()->last_write_success);
  const auto ticket = writer->update(kA, line("a", 1), false);
  ASSERT_TRUE(wait_for([&] { return writer->status()->write_failures > 2; }));
  EXPECT_GE(writer->settled(), ticket) << "a failure holds nothing back";

  std::filesystem::remove_all(dir / "state.tmp");
  ASSERT_TRUE(wait_for([&] { return writer->status()->last_write_successful; }));
  EXPECT_EQ(saved(), Requests{1});
}

TEST_F(StateWriterTest, LogsAFailureOnceAndItsEnd) {
  std::filesystem::create_directories(dir / "state.tmp/in the way");
  testing::internal::CaptureStderr();
  start(milliseconds{5});
  ASSERT_TRUE(wait_for([&] { return writer->status()->write_failures > 3; }));
  std::filesystem::remove_all(dir / "state.tmp");
  ASSERT_TRUE(wait_for([&] { return writer->status()->last_write_successful; }));
  writer.reset();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(count(log, "the state cannot be saved"), 1) << log;
  EXPECT_EQ(count(log, "the state is saved again"), 1) << log;
}

TEST_F(StateWriterTest, TakesAWriteThatHangsForFailed) {
  Result<StateFile> file = StateFile::open(path);
  ASSERT_TRUE(file);
  writer.emplace(std::move(*file), slow, StateText{}, StateWriterOptions{});
  writer->start();
  StateWriter::Ticket ticket = 0;
  {
    const std::lock_guard hung(slow.hold_up);
    ticket = writer->update(kA, line("a", 1), true);
    ASSERT_TRUE(wait_for([&] { return !saved().empty(); }));
    EXPECT_LT(writer->settled(), ticket);
    EXPECT_TRUE(writer->status()->last_write_successful);
    slow.ahead = seconds{60};
    EXPECT_EQ(writer->settled(), ticket) << "counters must not stand still for a disk that does";
    EXPECT_FALSE(writer->status()->last_write_successful);
  }
  ASSERT_TRUE(wait_for([&] { return writer->status()->last_write_successful; }));
  EXPECT_EQ(writer->settled(), ticket);
}

TEST_F(StateWriterTest, SaysAndCountsThatTheDiskHangs) {
  testing::internal::CaptureStderr();
  patience = milliseconds{500};
  start(milliseconds{1});
  StateWriter::Ticket ticket = 0;
  {
    const std::lock_guard hung(disk);
    ticket = writer->update(kA, line("a", 1), true);
    EXPECT_TRUE(wait_for([&] { return writer->status()->write_failures == 1; }));
    EXPECT_FALSE(writer->status()->last_write_successful);
    EXPECT_EQ(writer->settled(), ticket);
    EXPECT_TRUE(wait_for([&] { return settlings == 2; })) << "nobody is told that it hangs";
  }
  EXPECT_TRUE(wait_for([&] { return writer->status()->last_write_successful; }));
  EXPECT_EQ(writer->status()->write_failures, 1U) << "a counter must not fall";
  EXPECT_EQ(saved(), Requests{1});
  writer.reset();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(count(log, "the disk does not answer"), 1) << log;
  EXPECT_EQ(count(log, "the state is saved again"), 1) << log;
}

TEST_F(StateWriterTest, BeginsAlthoughTheDiskHangs) {
  testing::internal::CaptureStderr();
  patience = milliseconds{50};
  {
    const std::lock_guard hung(disk);
    start(milliseconds{1});
    EXPECT_TRUE(wait_for([&] { return settlings == 1; }));
    EXPECT_EQ(writer->status()->write_failures, 1U);
  }
  writer.reset();
  EXPECT_EQ(count(testing::internal::GetCapturedStderr(), "the disk does not answer"), 1);
  EXPECT_EQ(read_file(path), render_saved_state({}, {}));
}

TEST_F(StateWriterTest, AnswersWhileTheLastWriteHangs) {
  patience = milliseconds{500};
  start(hours{1});
  std::jthread end;
  {
    const std::lock_guard hung(disk);
    writer->update(kA, line("a", 1), false);
    end = std::jthread([this] { writer->finish(); });
    EXPECT_TRUE(wait_for([&] { return writer->status()->write_failures == 1; }));
  }
  end.join();
  EXPECT_TRUE(writer->status()->last_write_successful);
  EXPECT_EQ(saved(), Requests{1});
}

TEST_F(StateWriterTest, TakesUpdatesOfManyThreads) {
  start(milliseconds{1});
  {
    std::vector<std::jthread> threads;
    for (const AppKey& app : {kA, kB}) {
      threads.emplace_back([this, app] {
        for (std::uint64_t i = 1; i <= 200; ++i) {
          writer->update(app, line(app.app.name.c_str(), i), i % 10 == 0);
          writer->update_devices({{}, i});
          static_cast<void>(writer->status());
        }
      });
    }
  }
  writer.reset();
  EXPECT_EQ(saved(), (Requests{200, 200}));
}

}  // namespace
}  // namespace everai::state

/// The C library's, on a disk that may hang.
extern "C" int fsync(int fd) {
  using Function = int (*)(int);
  // NOLINTNEXTLINE(*-reinterpret-cast)
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "fsync"));
  const std::lock_guard wait(everai::state::disk);
  return real(fd);
}
