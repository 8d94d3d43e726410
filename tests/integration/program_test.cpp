// Real processes, as they are cut short.

#include "util/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <latch>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/child.hpp"

namespace everai {
namespace {

using test::Child;
using test::Pipe;

const LastWords kWords{ExitCode::kPerhapsDone, "it may have been done\n", "{}\n"};

/// Tells the test that it is so far, and waits for a signal.
[[noreturn]] void await_signal(const Pipe& ready) {
  static_cast<void>(::write(ready.in.get(), "x", 1));
  for (;;) {
    ::pause();
  }
}

/// A program and what it writes.
class ProgramTest : public testing::Test {
 protected:
  /// Runs a body. @return how it ended.
  std::string run(const std::function<ExitCode()>& body,
                  const std::function<void(const Child&)>& meanwhile = {}) {
    Child child({-1, out_.in.get(), errors_.in.get()},
                [&body] { return run_program("program", body); });
    if (meanwhile) {
      char byte = 0;
      EXPECT_EQ(::read(ready_.out.get(), &byte, 1), 1);
      meanwhile(child);
    }
    std::string end = child.wait();
    out_.in = UniqueFd();
    errors_.in = UniqueFd();
    return end;
  }

  /// Runs a body until it waits, and sends it a signal.
  std::string run_to(int signal, const std::function<void()>& body) {
    return run(
        [this, &body]() -> ExitCode {
          body();
          await_signal(ready_);
        },
        [signal](const Child& child) { ::kill(child.pid(), signal); });
  }

  [[nodiscard]] std::string out() const { return test::read_all(out_.out.get()); }
  [[nodiscard]] std::string errors() const { return test::read_all(errors_.out.get()); }

  void start_again() {
    out_ = Pipe();
    errors_ = Pipe();
    ready_ = Pipe();
  }

  Pipe out_;
  Pipe errors_;
  Pipe ready_;
};

TEST_F(ProgramTest, EndsByASignalWithItsLastWords) {
  std::vector<int> signals{SIGHUP,  SIGINT,    SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,  SIGTERM,
                           SIGXCPU, SIGVTALRM, SIGPROF, SIGPOLL, SIGPWR,  SIGRTMIN, SIGRTMAX};
  for (const int signal : signals) {
    start_again();
    EXPECT_EQ(run_to(signal, [] { set_last_words(kWords); }), "exit 10") << signal;
    EXPECT_EQ(errors(), kWords.error) << signal;
    EXPECT_EQ(out(), kWords.output) << signal;
  }
}

TEST_F(ProgramTest, DiesBySignalsBeforeItHasLastWords) {
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) {
    start_again();
    EXPECT_EQ(run_to(signal, [] {}), "signal " + std::to_string(signal));
    EXPECT_EQ(errors() + out(), "");
  }
}

TEST_F(ProgramTest, LeavesSignalsThatTellOfACrash) {
  EXPECT_EQ(run_to(SIGKILL, [] { set_last_words(kWords); }), "signal 9");
  EXPECT_EQ(errors() + out(), "");
  for (const int signal : {SIGABRT, SIGTRAP, SIGSYS}) {
    EXPECT_EQ(run([signal] {
                set_last_words(kWords);
                struct sigaction now {};
                ::sigaction(signal, nullptr, &now);
                return now.sa_handler == SIG_DFL ? ExitCode::kOk : ExitCode::kFailure;
              }),
              "exit 0")
        << signal;
  }
}

TEST_F(ProgramTest, GoesOnAtSignalsThatItsParentHasItIgnoreOrWaitWith) {
  const auto raise_all = [] {
    std::signal(SIGHUP, SIG_IGN);
    sigset_t blocked{};
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    set_last_words(kWords);
    for (const int signal : {SIGHUP, SIGTERM, SIGCHLD, SIGCONT, SIGURG, SIGWINCH}) {
      ::raise(signal);
    }
    return ExitCode::kOk;
  };
  EXPECT_EQ(run(raise_all), "exit 0");
  EXPECT_EQ(errors() + out(), "");
}

TEST_F(ProgramTest, SaysTheNewestOfItsLastWordsWheneverTheSignalComes) {
  for (int i = 0; i < 50; ++i) {
    start_again();
    const std::string end = run(
        [this]() -> ExitCode {
          set_last_words({ExitCode::kNotSeen, "first\n", ""});
          static_cast<void>(::write(ready_.in.get(), "x", 1));
          for (int changes = 0; changes < 1000; ++changes) {
            set_last_words({ExitCode::kPerhapsDone, std::string(1000, 'b'), "out"});
            set_last_words({ExitCode::kNotSeen, std::string(2000, 'c'), ""});
          }
          for (;;) {
            ::pause();
          }
        },
        [](const Child& child) { ::kill(child.pid(), SIGTERM); });
    const std::string said = errors();
    if (end == "exit 10") {
      EXPECT_EQ(said, std::string(1000, 'b'));
      EXPECT_EQ(out(), "out");
    } else {
      EXPECT_EQ(end, "exit 6");
      EXPECT_TRUE(said == "first\n" || said == std::string(2000, 'c')) << said;
      EXPECT_EQ(out(), "");
    }
  }
}

TEST_F(ProgramTest, SaysItsLastWordsOnceIfSignalsComeToAllThreads) {
  // Long ones, so that the others come while the first says them.
  const LastWords words{ExitCode::kPerhapsDone, std::string(30'000, 'e'), "out\n"};
  for (int i = 0; i < 50; ++i) {
    start_again();
    EXPECT_EQ(run([&words] {
                set_last_words(words);
                std::latch all(8);
                std::array<std::jthread, 8> threads;
                for (std::jthread& thread : threads) {
                  thread = std::jthread([&all] {
                    all.arrive_and_wait();
                    ::raise(SIGINT);
                    ::raise(SIGTERM);
                  });
                }
                return ExitCode::kOk;
              }),
              "exit 10");
    EXPECT_EQ(errors().size(), words.error.size());
    EXPECT_EQ(out(), words.output);
  }
}

TEST_F(ProgramTest, EndsByAnExceptionWithItsLastWords) {
  const auto said_of = [this](const std::function<void()>& fault) {
    start_again();
    EXPECT_EQ(run([&fault] {
                set_last_words(kWords);
                fault();
                return ExitCode::kOk;
              }),
              "exit 10");
    EXPECT_EQ(out(), kWords.output);
    return errors();
  };
  const std::string name = program_invocation_short_name;
  EXPECT_EQ(said_of([] { throw std::bad_alloc(); }), "program: out of memory\n" + kWords.error);
  EXPECT_EQ(said_of([] { throw std::runtime_error("token"); }),
            "program: unexpected error: St13runtime_error\n" + kWords.error);
  EXPECT_EQ(said_of([] { throw 1; }), "program: unexpected error\n" + kWords.error);
  EXPECT_EQ(said_of([] { std::jthread([] { throw std::bad_alloc(); }).join(); }),
            name + ": out of memory\n" + kWords.error);
  EXPECT_EQ(said_of([] { std::terminate(); }), name + ": unexpected end\n" + kWords.error);
}

TEST_F(ProgramTest, EndsByAnExceptionWithAFailureBeforeItHasLastWords) {
  EXPECT_EQ(run([]() -> ExitCode { throw std::bad_alloc(); }), "exit 1");
  EXPECT_EQ(errors(), "program: out of memory\n");
  start_again();
  EXPECT_EQ(run([] {
              std::jthread([] { throw std::bad_alloc(); }).join();
              return ExitCode::kOk;
            }),
            "exit 1");
  EXPECT_EQ(errors(), std::string(program_invocation_short_name) + ": out of memory\n");
}

TEST_F(ProgramTest, HasNoMoreToSayOnceItsBodyHasReturned) {
  const auto body = [] {
    set_last_words(kWords);
    return ExitCode::kNotAsAsked;
  };
  Child child({-1, out_.in.get(), errors_.in.get()}, [&body] {
    const int status = run_program("program", body);
    ::raise(SIGTERM);
    return status + 1;
  });
  EXPECT_EQ(child.wait(), "exit 9");
  out_.in = UniqueFd();
  errors_.in = UniqueFd();
  EXPECT_EQ(errors() + out(), "");
}

/// How a program with last words ends whose streams are these, and a signal comes.
std::string end_with(test::Streams streams, const LastWords& words = kWords) {
  return Child(streams,
               [&words] {
                 return run_program("program", [&words] {
                   set_last_words(words);
                   ::raise(SIGTERM);
                   return ExitCode::kOk;
                 });
               })
      .wait();
}

TEST(LastWordsTest, KeepTheCodeIfNobodyReadsThem) {
  EXPECT_EQ(end_with({}), "exit 10") << "closed";
  Pipe gone;
  gone.out = UniqueFd();
  EXPECT_EQ(end_with({-1, gone.in.get(), gone.in.get()}), "exit 10") << "its reader has left";
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(end_with({-1, full.get(), full.get()}), "exit 10") << "a full disk";
}

/// Fills a stream, so that nothing more can be written, or less than a page.
void fill(int stream) {
  const int flags = ::fcntl(stream, F_GETFL);
  ::fcntl(stream, F_SETFL, flags | O_NONBLOCK);
  const std::string text(512, 'x');
  while (::write(stream, text.data(), text.size()) > 0) {
  }
  ::fcntl(stream, F_SETFL, flags);
}

TEST(LastWordsTest, WaitForNoReaderThatHangs) {
  const Pipe hanging;
  fill(hanging.in.get());
  const Pipe read;
  EXPECT_EQ(end_with({-1, read.in.get(), hanging.in.get()}), "exit 10");
  std::string text(100, '\0');
  ASSERT_GT(::read(read.out.get(), text.data(), text.size()), 0);
  EXPECT_TRUE(text.starts_with(kWords.output)) << "the other stream has its words";
}

TEST(LastWordsTest, WaitForNoReaderThatTakesLessThanThereIs) {
  // The pipe is writable, and a write of them waits in the middle.
  const Pipe hanging;
  const LastWords words{ExitCode::kPerhapsDone, std::string(1UL << 20U, 'x'), "out\n"};
  const Pipe read;
  EXPECT_EQ(end_with({-1, read.in.get(), hanging.in.get()}, words), "exit 10");
  std::string text(4, '\0');
  ASSERT_EQ(::read(read.out.get(), text.data(), text.size()), 4);
  EXPECT_EQ(text, "out\n");
}

TEST(LastWordsTest, OfAThreadWaitForNoReaderEither) {
  // The alarm may come to the other thread.
  const Pipe hanging;
  Child child({-1, -1, hanging.in.get()}, [] {
    return run_program("program", [] {
      set_last_words({ExitCode::kPerhapsDone, std::string(1UL << 20U, 'x'), ""});
      std::jthread([] { throw std::bad_alloc(); }).join();
      return ExitCode::kOk;
    });
  });
  EXPECT_EQ(child.wait(), "exit 10");
}

TEST(LastWordsTest, WaitForNoTerminalThatTakesLessThanThereIs) {
  const UniqueFd ours(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(::unlockpt(ours.get()), 0);
  const UniqueFd terminal(::ioctl(ours.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal);
  const LastWords words{ExitCode::kPerhapsDone, std::string(1UL << 20U, 'x'), ""};
  EXPECT_EQ(end_with({-1, -1, terminal.get()}, words), "exit 10");
}

TEST(LastWordsTest, StandWithTheErrorFirstIfBothStreamsAreOne) {
  Pipe both;
  EXPECT_EQ(end_with({-1, both.in.get(), both.in.get()}), "exit 10");
  both.in = UniqueFd();
  EXPECT_EQ(test::read_all(both.out.get()), kWords.error + kWords.output);
}

TEST(LastWordsTest, AreWholeIfThereIsRoom) {
  const LastWords words{ExitCode::kNotSeen, std::string(60'000, 'e') + '\n', "out\n"};
  Pipe errors;
  EXPECT_EQ(end_with({-1, -1, errors.in.get()}, words), "exit 6");
  errors.in = UniqueFd();
  EXPECT_EQ(test::read_all(errors.out.get()), words.error);
}

}  // namespace
}  // namespace everai
