// The state file on a real file system.

#include "state/state_file.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <vector>

#include "support/saved_memory.hpp"
#include "support/temp_dir.hpp"

namespace everai::state {
namespace {

using test::read_file;
using test::TempDir;
using test::write_file;
using Names = std::set<std::string>;

constexpr Timestamp kNow{std::chrono::seconds{1727602800}};

/// The file system gives no file a second name. Used by the `linkat` below.
bool no_links = false;  // NOLINT(*-avoid-non-const-global-variables)

std::string some_text(std::uint64_t requests = 1) {
  AppMemory memory = test::rich_memory();
  memory.counters.requests = requests;
  const AppKey app{"https://a", {"default", "sd"}};
  return render_saved_state(
      {{app, {std::make_shared<const std::string>(render_saved_app(app, memory))}}}, {});
}

StateFile open_file(const std::string& path) {
  Result<StateFile> file = StateFile::open(path);
  EXPECT_TRUE(file) << file.error().message;
  return std::move(*file);
}

std::string message_of(const Result<void>& result) {
  if (result) {
    return "fine";
  }
  EXPECT_EQ(result.error().code, ErrorCode::kSystem);
  return result.error().message;
}

/// While it lives, no file grows beyond a size: as if the disk was full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = size;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  FullDisk(FullDisk&&) = delete;
  FullDisk& operator=(FullDisk&&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_ = SIG_DFL;
};

TEST(StateFile, KeepsWhatWasSaved) {
  const TempDir dir;
  {
    StateFile file = open_file(dir / "state");
    const auto nothing = file.load(kNow);
    ASSERT_TRUE(nothing) << nothing.error().message;
    EXPECT_FALSE(nothing->has_value());
    EXPECT_EQ(message_of(file.save(some_text(1))), "fine");
    EXPECT_EQ(message_of(file.save(some_text(2))), "fine");
  }
  const auto state = open_file(dir / "state").load(kNow);
  ASSERT_TRUE(state && *state);
  EXPECT_EQ((*state)->apps.at(0).memory.counters.requests, 2U);
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"}));
}

TEST(StateFile, IsForItsOwnerAlone) {
  const TempDir dir;
  StateFile file = open_file(dir / "state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text()));
  struct stat status {};
  ASSERT_EQ(::stat((dir / "state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(StateFile, HasOneUserAtATime) {
  const TempDir dir;
  {
    const StateFile first = open_file(dir / "state");
    const Result<StateFile> second = StateFile::open(dir / "state");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kSystem);
    EXPECT_EQ(second.error().message,
              "state file " + dir / "state" + " is in use by another process");
  }
  EXPECT_TRUE(StateFile::open(dir / "state"));
}

TEST(StateFile, IsTheSameFileThroughALink) {
  const TempDir dir;
  write_file(dir / "state", some_text(7));
  ASSERT_EQ(::symlink("state", (dir / "link").c_str()), 0);
  StateFile file = open_file(dir / "link");
  EXPECT_FALSE(StateFile::open(dir / "state"));
  const auto state = file.load(kNow);
  ASSERT_TRUE(state && *state);
  ASSERT_TRUE(file.save(some_text(8)));
  EXPECT_EQ(read_file(dir / "state"), some_text(8));
  EXPECT_EQ(dir.names(), (Names{"link", "state", "state.lock"}));
}

TEST(StateFile, OverwritesWhatACrashLeftBesideIt) {
  const TempDir dir;
  write_file(dir / "state.tmp", std::string(100000, 'x'));
  write_file(dir / "precious", "precious");
  StateFile file = open_file(dir / "state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text()));
  EXPECT_EQ(read_file(dir / "state"), some_text());

  ASSERT_EQ(::symlink("precious", (dir / "state.tmp").c_str()), 0);
  ASSERT_TRUE(file.save(some_text(2)));
  EXPECT_EQ(read_file(dir / "state"), some_text(2));
  EXPECT_EQ(read_file(dir / "precious"), "precious");
}

TEST(StateFile, SetsADamagedFileAsideWhenItSaves) {
  const TempDir dir;
  const std::string damaged = some_text().replace(100, 1, "\x01");
  write_file(dir / "state", damaged);
  StateFile file = open_file(dir / "state");
  const auto state = file.load(kNow);
  ASSERT_TRUE(state && *state) << state.error().message;
  EXPECT_EQ((*state)->damage_count, 1U);
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"})) << "a start that fails changes nothing";
  EXPECT_EQ(read_file(dir / "state"), damaged);
  EXPECT_EQ(file.damaged_name(), "");

  EXPECT_EQ(message_of(file.save(some_text(2))), "fine");
  EXPECT_EQ(file.damaged_name(), "state.damaged-20240929T094000Z");
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z"), damaged);
  EXPECT_EQ(read_file(dir / "state"), some_text(2));
  EXPECT_EQ(message_of(file.save(some_text(3))), "fine");
  EXPECT_EQ(dir.names(), (Names{"state", "state.damaged-20240929T094000Z", "state.lock"}));
}

TEST(StateFile, SetsADamagedFileAsideWhereAFileHasOneNameOnly) {
  const TempDir dir;
  write_file(dir / "state", "damaged");
  write_file(dir / "state.damaged-20240929T094000Z", "of before");
  StateFile file = open_file(dir / "state");
  ASSERT_FALSE(file.load(kNow));
  no_links = true;
  EXPECT_EQ(message_of(file.save(some_text())), "fine");
  no_links = false;
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z"), "of before");
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z-2"), "damaged");
  EXPECT_EQ(read_file(dir / "state"), some_text());
}

TEST(StateFile, SetsForeignAndNewerFilesAsideWithoutOverwritingAny) {
  const TempDir dir;
  const std::string newer = "{\"format\":\"everai_exporter state\",\"version\":3}\n";
  StateFile file = open_file(dir / "state");
  for (const std::string& text : {std::string("apps: []\n"), newer, std::string()}) {
    write_file(dir / "state", text);
    const auto state = file.load(kNow);
    ASSERT_FALSE(state);
    EXPECT_EQ(state.error().code, ErrorCode::kPayload);
    EXPECT_EQ(message_of(file.save(some_text())), "fine");
  }
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z"), "apps: []\n");
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z-2"), newer);
  EXPECT_EQ(read_file(dir / "state.damaged-20240929T094000Z-3"), "");
  EXPECT_EQ(read_file(dir / "state"), some_text());
}

TEST(StateFile, SavesNothingOverADamagedFileThatCannotBeSetAside) {
  const TempDir dir;
  const std::string name = std::string(240, 'x');
  write_file(dir / name, "damaged");
  StateFile file = open_file(dir / name);
  ASSERT_FALSE(file.load(kNow));
  EXPECT_EQ(
      message_of(file.save(some_text())),
      "state file " + dir / name + " is damaged, and cannot be set aside: File name too long");
  EXPECT_EQ(read_file(dir / name), "damaged");
  EXPECT_EQ(dir.names(), (Names{name, name + ".lock"}));

  std::filesystem::remove(dir / name);
  EXPECT_EQ(message_of(file.save(some_text())), "fine");
  EXPECT_EQ(file.damaged_name(), "");
}

TEST(StateFile, SavesNothingThatItCouldNotReadAgain) {
  const TempDir dir;
  StateFile file = open_file(dir / "state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text()));
  EXPECT_EQ(
      message_of(file.save(std::string(kMaxStateBytes + 1, 'x'))),
      "state file " + dir / "state" + " would have 1073741825 bytes, and could not be read again");
  EXPECT_EQ(read_file(dir / "state"), some_text());
}

TEST(StateFile, LeavesWhatItCannotReadAsItIs) {
  const TempDir dir;
  StateFile file = open_file(dir / "state");
  ASSERT_EQ(::mkfifo((dir / "state").c_str(), 0600), 0);
  const auto state = file.load(kNow);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kSystem);
  EXPECT_EQ(state.error().message, "state file " + dir / "state" +
                                       " cannot be read: it is not a regular file; it is left as "
                                       "it is, and nothing is saved");
  EXPECT_EQ(message_of(file.save(some_text())),
            "state file " + dir / "state" + " cannot be used: it is no regular file");
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"}));

  ASSERT_EQ(::unlink((dir / "state").c_str()), 0);
  EXPECT_EQ(message_of(file.save(some_text())), "fine");
}

TEST(StateFile, RefusesAFileOfAbsurdSize) {
  const TempDir dir;
  write_file(dir / "state", "x");
  ASSERT_EQ(::truncate((dir / "state").c_str(), static_cast<off_t>(kMaxStateBytes) + 1), 0);
  StateFile file = open_file(dir / "state");
  const auto state = file.load(kNow);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, ErrorCode::kPayload);
  EXPECT_EQ(message_of(file.save(some_text())), "fine");
  EXPECT_TRUE(dir.names().contains("state.damaged-20240929T094000Z"));
}

TEST(StateFile, KeepsTheOldStateWhenTheDiskIsFull) {
  const TempDir dir;
  StateFile file = open_file(dir / "state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text(1)));
  {
    const FullDisk full(100);
    EXPECT_EQ(message_of(file.save(some_text(2))),
              "state file " + dir / "state" + " cannot be written: File too large");
  }
  EXPECT_EQ(read_file(dir / "state"), some_text(1));
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"}));
  EXPECT_EQ(message_of(file.save(some_text(3))), "fine");
}

TEST(StateFile, WaitsForADirectoryThatVanished) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "folder");
  StateFile file = open_file(dir / "folder/state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text(1)));
  std::filesystem::remove_all(dir / "folder");
  EXPECT_EQ(message_of(file.save(some_text(2))),
            "state file " + dir / "folder/state" + " cannot be used, its folder " + dir / "folder" +
                ": No such file or directory");
  std::filesystem::create_directory(dir / "folder");
  EXPECT_EQ(
      message_of(file.save(some_text(3))),
      "state file " + dir / "folder/state" + " is not saved: its folder was removed or replaced");
  EXPECT_EQ(message_of(file.save(some_text(4))), "fine");
  EXPECT_EQ(read_file(dir / "folder/state"), some_text(4));
  EXPECT_FALSE(StateFile::open(dir / "folder/state")) << "the lock is not taken";
}

TEST(StateFile, NeverOverwritesAFileThatAppearedUnread) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "folder");
  StateFile file = open_file(dir / "folder/state");
  ASSERT_TRUE(file.load(kNow));
  std::filesystem::rename(dir / "folder", dir / "aside");
  std::filesystem::create_directory(dir / "folder");
  write_file(dir / "folder/state", some_text(7));
  EXPECT_FALSE(file.save(some_text(1)));
  EXPECT_EQ(message_of(file.save(some_text(1))),
            "state file " + dir / "folder/state" +
                " is not as this process left it, and stays as it is; a restart goes on from it");
  EXPECT_EQ(read_file(dir / "folder/state"), some_text(7));
}

TEST(StateFile, NoticesThatItsLockIsGoneAndTakesItAgain) {
  const TempDir dir;
  StateFile file = open_file(dir / "state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text(1)));
  for (const bool replaced : {false, true}) {
    std::filesystem::remove(dir / "state.lock");
    if (replaced) {
      write_file(dir / "state.lock", "");
    }
    EXPECT_EQ(
        message_of(file.save(some_text(2))),
        "state file " + dir / "state" + " is not saved: its lock file was removed or replaced");
    EXPECT_EQ(read_file(dir / "state"), some_text(replaced ? 3 : 1));
    EXPECT_EQ(message_of(file.save(some_text(3))), "fine");
    EXPECT_FALSE(StateFile::open(dir / "state")) << "the lock is not taken";
  }
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"}));
}

TEST(StateFile, NeverOverwritesWhatASecondExporterSaved) {
  const TempDir dir;
  StateFile first = open_file(dir / "state");
  ASSERT_TRUE(first.load(kNow));
  ASSERT_TRUE(first.save(some_text(1)));
  std::filesystem::remove(dir / "state.lock");
  {
    StateFile second = open_file(dir / "state");
    ASSERT_TRUE(second.load(kNow));
    ASSERT_TRUE(second.save(some_text(2)));
    EXPECT_EQ(
        message_of(first.save(some_text(3))),
        "state file " + dir / "state" + " is not saved: its lock file was removed or replaced");
    EXPECT_EQ(message_of(first.save(some_text(4))),
              "state file " + dir / "state" + " is in use by another process");
    EXPECT_TRUE(second.save(some_text(5)));
  }
  EXPECT_EQ(message_of(first.save(some_text(6))),
            "state file " + dir / "state" +
                " is not as this process left it, and stays as it is; a restart goes on from it");
  EXPECT_EQ(read_file(dir / "state"), some_text(5));
  EXPECT_EQ(dir.names(), (Names{"state", "state.lock"}));

  std::filesystem::remove(dir / "state");
  EXPECT_EQ(message_of(first.save(some_text(7))), "fine");
}

TEST(StateFile, GoesOnAfterASecondExporterThatSavedNothing) {
  const TempDir dir;
  StateFile first = open_file(dir / "state");
  ASSERT_TRUE(first.load(kNow));
  ASSERT_TRUE(first.save(some_text(1)));
  std::filesystem::remove(dir / "state.lock");
  EXPECT_TRUE(open_file(dir / "state").load(kNow));
  EXPECT_FALSE(first.save(some_text(2)));
  EXPECT_EQ(message_of(first.save(some_text(3))), "fine");
  EXPECT_EQ(read_file(dir / "state"), some_text(3));
}

TEST(StateFile, NoticesThatItsPathLeadsElsewhere) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "one");
  std::filesystem::create_directory(dir / "two");
  std::filesystem::create_directory_symlink("one", dir / "current");
  StateFile file = open_file(dir / "current/state");
  ASSERT_TRUE(file.load(kNow));
  ASSERT_TRUE(file.save(some_text(1)));
  std::filesystem::remove(dir / "current");
  std::filesystem::create_directory_symlink("two", dir / "current");
  EXPECT_FALSE(file.save(some_text(2)));
  EXPECT_EQ(message_of(file.save(some_text(3))), "fine");
  EXPECT_EQ(read_file(dir / "one/state"), some_text(1));
  EXPECT_EQ(read_file(dir / "two/state"), some_text(3));
}

/// Changes the working directory while it lives.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path) { std::filesystem::current_path(path); }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;
  WorkingDirectory(WorkingDirectory&&) = delete;
  WorkingDirectory& operator=(WorkingDirectory&&) = delete;
  ~WorkingDirectory() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST(StateFile, MayHaveANameWithoutAFolder) {
  const TempDir dir;
  std::optional<StateFile> file;
  {
    const WorkingDirectory in(dir / "");
    file = open_file("state");
    ASSERT_TRUE(file->load(kNow));
    EXPECT_EQ(message_of(file->save(some_text(1))), "fine");
  }
  EXPECT_EQ(message_of(file->save(some_text(2))), "fine") << "in another working directory";
  EXPECT_EQ(read_file(dir / "state"), some_text(2));
  EXPECT_EQ(file->path(), dir / "state");
}

TEST(StateFile, IsWrittenWhereALinkLeadsThatLeadsToNothingYet) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "folder");
  std::filesystem::create_symlink("folder/second", dir / "first");
  std::filesystem::create_symlink("../state", dir / "folder/second");
  for (const std::uint64_t run : {1U, 2U}) {
    StateFile file = open_file(dir / "first");
    const auto before = file.load(kNow);
    ASSERT_TRUE(before);
    EXPECT_EQ(before->has_value(), run == 2);
    EXPECT_EQ(message_of(file.save(some_text(run))), "fine");
    EXPECT_EQ(read_file(dir / "state"), some_text(run));
    EXPECT_FALSE(StateFile::open(dir / "state"));
  }
  EXPECT_EQ(dir.names(), (Names{"first", "folder", "state", "state.lock"}));
}

TEST(StateFile, RefusesAPlaceWhereItCannotBe) {
  const TempDir dir;
  write_file(dir / "file", "");
  std::filesystem::create_directory(dir / "folder");
  std::filesystem::create_directory(dir / "locked.lock");
  std::filesystem::create_symlink("file", dir / "linked.lock");
  std::filesystem::create_symlink("loop", dir / "loop");
  std::filesystem::create_symlink("missing/state", dir / "nowhere");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  const auto before = dir.names();
  const std::string missing = "its folder " + dir / "missing" + ": No such file or directory";
  const std::string longest = dir / std::string(251, 'x');
  const std::vector<std::array<std::string, 2>> refusals = {
      {dir / "missing/state", "cannot be used, " + missing},
      {dir / "nowhere", "cannot be used, " + missing},
      {dir / "file/state", "cannot be used, its folder " + dir / "file" + ": Not a directory"},
      {dir / "folder", "cannot be used: it is a directory"},
      {dir / "folder/", "has the name of a folder"},
      {dir / "new/", "has the name of a folder"},
      {dir / "folder/..", "has the name of a folder"},
      {dir / ".", "has the name of a folder"},
      {dir / "fifo", "cannot be used: it is no regular file"},
      {dir / "loop", "cannot be used: Too many levels of symbolic links"},
      {dir / "locked", "cannot be locked, locked.lock: it is a directory"},
      {dir / "linked", "cannot be locked, linked.lock: it is no regular file"},
      {longest, "cannot be locked, " + std::string(251, 'x') + ".lock: File name too long"},
      {longest + longest, "cannot be used"},
      {"/dev/null", "cannot be used: it is no regular file"},
      {"/dev/full", "cannot be used: it is no regular file"},
      {"/proc/self/state", "cannot be"},
  };
  for (const auto& [path, why] : refusals) {
    const Result<StateFile> file = StateFile::open(path);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().code, ErrorCode::kSystem);
    EXPECT_TRUE(file.error().message.starts_with("state file "));
    EXPECT_NE(file.error().message.find(" " + why), std::string::npos) << file.error().message;
  }
  EXPECT_EQ(dir.names(), before) << "it left something";
}

}  // namespace
}  // namespace everai::state

/// The C library's, on a file system that may have no links.
extern "C" int linkat(int from_folder, const char* from, int to_folder, const char* to,
                      int flags) noexcept {
  if (everai::state::no_links) {
    errno = EPERM;
    return -1;
  }
  using Function = int (*)(int, const char*, int, const char*, int);
  // NOLINTNEXTLINE(*-reinterpret-cast)
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "linkat"));
  return real(from_folder, from, to_folder, to, flags);
}
