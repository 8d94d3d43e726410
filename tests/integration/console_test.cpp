// Real terminals, with a person at them.

#include "workers/console.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace everai::workers {
namespace {

using test::Child;
using test::Pipe;

constexpr std::string_view kDetails = "  a  STATUS_RUNNING\n";
constexpr std::string_view kAsked = "remove a? [y/N] ";
constexpr std::string_view kAll = "  a  STATUS_RUNNING\r\nremove a? [y/N] y\r\n";
constexpr int kYes = 0;
constexpr int kNo = 1;
constexpr int kNobody = 2;

int open_null(int mode) {
  return ::open("/dev/null", mode | O_CLOEXEC);
}

/// A terminal, which echoes what is typed, and who sits at it.
class Terminal {
 public:
  Terminal() : person_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::unlockpt(person_.get()), 0);
    program_ = open(O_RDWR);
  }

  [[nodiscard]] UniqueFd open(int mode) const {
    return UniqueFd(::ioctl(person_.get(), TIOCGPTPEER, mode | O_NOCTTY | O_CLOEXEC));
  }
  /// For reading and writing, as a shell has it.
  [[nodiscard]] int fd() const { return program_.get(); }
  void type(std::string_view keys) const {
    EXPECT_EQ(::write(person_.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  /// Reads what is shown until no program has it any more.
  /// @param reply  typed when the question is there.
  std::string watch(std::string_view reply) {
    program_ = UniqueFd();
    std::string shown;
    std::array<char, 4096> piece{};
    for (ssize_t size = 0; (size = ::read(person_.get(), piece.data(), piece.size())) > 0;) {
      shown.append(piece.data(), static_cast<std::size_t>(size));
      if (!reply.empty() && shown.find("[y/N] ") != std::string::npos) {
        type(std::exchange(reply, ""));
      }
    }
    return shown;
  }
  void leave() { person_ = UniqueFd(); }

 private:
  UniqueFd person_;
  UniqueFd program_;
};

int ask() {
  Console console;
  const bool yes = console.confirm(kDetails, "remove a?");
  if (!console.can_ask()) {
    return yes ? -1 : kNobody;
  }
  return yes ? kYes : kNo;
}

/// Makes it the terminal of this process, whose keys send signals.
bool take_over(int terminal) {
  return ::setsid() != -1 && ::ioctl(terminal, TIOCSCTTY, 0) == 0;
}

std::string exit_of(int code) {
  return "exit " + std::to_string(code);
}

/// Asks at a terminal that has standard error too. @return how it ended.
std::string answer_of(Terminal& terminal, std::string_view reply) {
  Child child({terminal.fd(), -1, terminal.fd()}, ask);
  const std::string shown = terminal.watch(reply);
  EXPECT_NE(shown.find(kAsked), std::string::npos) << shown;
  return child.wait();
}

std::string answer_of(std::string_view reply) {
  Terminal terminal;
  return answer_of(terminal, reply);
}

TEST(ConsoleTest, TakesAYesInAnyCaseAndWithBlanks) {
  for (const std::string_view reply :
       {"y\n", "Y\n", "yes\n", "Yes\n", "YES\n", "yEs\n", "y \n", "  y\n", "\tyes \n", "y\r",
        " YES\r", "y\x04\n", "n\x7fy\n", "nonsense\x15y\n"}) {
    EXPECT_EQ(answer_of(reply), exit_of(kYes)) << reply;
  }
}

TEST(ConsoleTest, TakesAllElseForANo) {
  for (const std::string_view reply :
       {"\n",     "\r",     " \n",   "n\n",       "N\n",         "no\n",       "ye\n",
        "yess\n", "yeah\n", "y y\n", "y.\n",      "'y'\n",       "yes!\n",     "1\n",
        "true\n", "-y\n",   "y\\\n", "\x1b[Ay\n", "y\xc2\xa0\n", "\xd1\x83\n", "\xef\xbd\x99\n",
        "\ny\n",  "n\ny\n", "\x04",  "y\x04\x04", "yes\x04\x04", " \x04\x04"}) {
    EXPECT_EQ(answer_of(reply), exit_of(kNo)) << reply;
  }
  EXPECT_EQ(answer_of(std::string(3000, 'y') + '\n'), exit_of(kNo));
  EXPECT_EQ(answer_of(std::string("y\x16\0\n", 4)), exit_of(kNo)) << "y and NUL";
}

TEST(ConsoleTest, TakesNoAnswerThatWasTypedBeforeTheQuestion) {
  for (const std::string_view typed : {"y\n", "yes\ny\ny\n", "y", "y\x04"}) {
    for (const std::string_view reply : {"n\n", "\n", "\x04"}) {
      Terminal terminal;
      terminal.type(typed);
      EXPECT_EQ(answer_of(terminal, reply), exit_of(kNo)) << typed << ", " << reply;
    }
    Terminal terminal;
    terminal.type(typed);
    EXPECT_EQ(answer_of(terminal, "y\n"), exit_of(kYes)) << typed;
  }
}

TEST(ConsoleTest, ShowsTheDetailsOnceAtTheTerminalThatHasThem) {
  Terminal terminal;
  Child child({terminal.fd(), -1, terminal.fd()}, [] {
    Console console;
    console.show(kDetails);
    return console.confirm(kDetails, "remove a?") ? kYes : kNo;
  });
  EXPECT_EQ(terminal.watch("y\n"), kAll);
  EXPECT_EQ(child.wait(), exit_of(kYes));
}

/// What is shown at a terminal, and then nothing is open of it here any more.
std::string shown_with(Terminal& terminal, UniqueFd input, UniqueFd errors) {
  Child child({input.get(), -1, errors.get()}, ask);
  input = UniqueFd();
  errors = UniqueFd();
  std::string shown = terminal.watch("y\n");
  EXPECT_EQ(child.wait(), exit_of(kYes));
  return shown;
}

TEST(ConsoleTest, ShowsAllAtTheTerminalIfErrorsAreNotSeenThere) {
  for (const bool other : {false, true}) {
    Terminal terminal;
    const Terminal another;
    // Where standard error can only be read, nothing of it is seen.
    UniqueFd errors = other ? another.open(O_RDWR) : terminal.open(O_RDONLY);
    EXPECT_EQ(shown_with(terminal, terminal.open(O_RDWR), std::move(errors)), kAll);
  }
  for (const char* path : {"/dev/null", "/dev/full"}) {
    Terminal terminal;
    EXPECT_EQ(shown_with(terminal, terminal.open(O_RDWR), UniqueFd(::open(path, O_WRONLY))), kAll);
  }
  Terminal terminal;
  EXPECT_EQ(shown_with(terminal, terminal.open(O_RDWR), UniqueFd()), kAll);
}

TEST(ConsoleTest, AsksAtATerminalThatIsOnlyOpenForReading) {
  Terminal terminal;
  EXPECT_EQ(shown_with(terminal, terminal.open(O_RDONLY), UniqueFd(open_null(O_WRONLY))), kAll);
}

TEST(ConsoleTest, AsksNobodyWhereThereIsNoTerminalToAskAt) {
  const test::TempDir dir;
  test::write_file(dir / "yes", "y\n");
  const UniqueFd file(::open((dir / "yes").c_str(), O_RDONLY | O_CLOEXEC));
  const Pipe pipe;
  ASSERT_EQ(::write(pipe.in.get(), "y\n", 2), 2);
  const UniqueFd null(open_null(O_RDONLY));
  const Terminal terminal;
  terminal.type("y\n");
  const UniqueFd write_only = terminal.open(O_WRONLY);
  const Terminal gone = [] {
    Terminal left;
    left.leave();
    return left;
  }();
  for (const int input :
       {file.get(), pipe.out.get(), null.get(), write_only.get(), gone.fd(), -1}) {
    // At the same time the process has a terminal, where a yes was typed.
    const Terminal own;
    own.type("y\n");
    Child child({input, own.fd(), own.fd()}, [&own] { return take_over(own.fd()) ? ask() : -1; });
    EXPECT_EQ(child.wait(), exit_of(kNobody)) << input;
  }
}

TEST(ConsoleTest, SaysNoIfTheTerminalGoesBeforeItIsAsked) {
  Terminal terminal;
  const Pipe ready;
  const Pipe gone;
  Child child({terminal.fd(), -1, terminal.fd()}, [&] {
    // Of the person there is one too many since the fork.
    terminal.leave();
    Console console;
    char byte = 'x';
    const bool told = console.can_ask() && ::write(ready.in.get(), &byte, 1) == 1 &&
                      ::read(gone.out.get(), &byte, 1) == 1;
    return told && !console.confirm(kDetails, "remove a?") ? kNo : -1;
  });
  char byte = 0;
  ASSERT_EQ(::read(ready.out.get(), &byte, 1), 1);
  terminal.leave();
  ASSERT_EQ(::write(gone.in.get(), &byte, 1), 1);
  EXPECT_EQ(child.wait(), exit_of(kNo));
}

TEST(ConsoleTest, WaitsForAnAnswerAlsoIfTheTerminalDoesNot) {
  Terminal terminal;
  ASSERT_EQ(::fcntl(terminal.fd(), F_SETFL, O_RDWR | O_NONBLOCK), 0);
  EXPECT_EQ(answer_of(terminal, "y\n"), exit_of(kYes));
}

TEST(ConsoleTest, TakesAnAnswerAtATerminalThatGivesItByTheKey) {
  for (const auto& [reply, end] : {std::pair("y\r", kYes),
                                   {"yes\n", kYes},
                                   {"n\r", kNo},
                                   {"y\x04\r", kNo},
                                   {"y\x03\r", kNo}}) {
    Terminal terminal;
    termios mode{};
    ASSERT_EQ(::tcgetattr(terminal.fd(), &mode), 0);
    ::cfmakeraw(&mode);
    ASSERT_EQ(::tcsetattr(terminal.fd(), TCSANOW, &mode), 0);
    EXPECT_EQ(answer_of(terminal, reply), exit_of(end)) << reply;
  }
}

TEST(ConsoleTest, EndsByTheKeyThatInterrupts) {
  Terminal terminal;
  Child child({terminal.fd(), -1, terminal.fd()},
              [] { return take_over(STDIN_FILENO) ? ask() : -1; });
  static_cast<void>(terminal.watch("y\x03"));
  EXPECT_EQ(child.wait(), "signal " + std::to_string(SIGINT));
}

}  // namespace
}  // namespace everai::workers
