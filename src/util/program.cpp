#include "util/program.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <new>
#include <string_view>
#include <system_error>
#include <typeinfo>
#include <utility>

#include "util/log.hpp"
#include "util/standard_output.hpp"

namespace everai {
namespace {

/// How long the end waits for whoever reads standard error.
constexpr std::chrono::seconds kLogPatience{1};
/// The same for what is said by a process that is cut short.
constexpr int kLastWordMilliseconds = 100;
/// How long a single write may take then: a terminal that takes one more byte calls itself
/// writable.
constexpr suseconds_t kLastWriteMicroseconds = 250'000;

/// Signals that are left as they are: they tell of a crash, whose traces somebody may want; stop
/// the process; or do nothing, unless somebody wants them.
constexpr std::array kOtherSignals{SIGABRT, SIGBUS,  SIGFPE,  SIGILL,  SIGSEGV, SIGSYS, SIGTRAP,
                                   SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGCONT, SIGURG, SIGWINCH};

/// Last words, and those before them. They are kept to the end: a signal handler may be at them.
struct Ending {
  LastWords words;
  const Ending* before;
};
std::atomic<const Ending*> ending{nullptr};
/// The thread that ends the process; 0 if none does.
std::atomic<pid_t> ender{0};
static_assert(decltype(ending)::is_always_lock_free && decltype(ender)::is_always_lock_free);

void set_signals(int how) {
  sigset_t set{};
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(how, &set, nullptr);
}

/// A text in memory that there is in any case.
using EndText = std::array<char, 320>;

/// Puts texts one after the other, as far as there is room.
std::string_view join(EndText& words, std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) {
    size += part.copy(words.data() + size, words.size() - size);
  }
  return {words.data(), size};
}

/// Names the exception that is being handled, if there is one.
std::string_view describe_exception(EndText& words) noexcept {
  if (!std::current_exception()) {
    return "unexpected end";
  }
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "out of memory";
  } catch (const std::system_error& error) {
    return error.code() == std::errc::resource_unavailable_try_again
               ? join(words, {"cannot start a thread: ", error.what()})
               : join(words, {error.what()});
  } catch (const std::exception& error) {
    // Not what it says: that may hold what was being parsed, secrets included.
    return join(words, {"unexpected error: ", typeid(error).name()});
  } catch (...) {
    return "unexpected error";
  }
}

// What ends a process at once. There may be no memory, and the threads are in any state; a signal
// may have come at any place: only what is async-signal-safe is called.

/// Makes this thread the one that ends the process. If another one does already, waits for that.
/// @return false if it was this one before.
bool claim_end() noexcept {
  pid_t before = 0;
  const pid_t self = gettid();
  if (ender.compare_exchange_strong(before, self)) {
    return true;
  }
  if (before == self) {
    return false;
  }
  for (;;) {
    ::pause();
  }
}

void on_signal(int signal) noexcept;

void set_handler(int signal) noexcept {
  struct sigaction action {};
  action.sa_handler = &on_signal;
  ::sigaction(signal, &action, nullptr);
}

/// Writes what is taken within a moment.
void write_briefly(int stream, std::string_view text) noexcept {
  const timeval time{.tv_sec = 0, .tv_usec = kLastWriteMicroseconds};
  const itimerval alarms{.it_interval = time, .it_value = time};
  ::setitimer(ITIMER_REAL, &alarms, nullptr);
  pollfd writable{.fd = stream, .events = POLLOUT, .revents = 0};
  while (!text.empty() && ::poll(&writable, 1, kLastWordMilliseconds) == 1) {
    const ssize_t size = ::write(stream, text.data(), text.size());
    if (size <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

/// Says a line and the last words, if somebody reads them. For the thread that claimed the end.
[[noreturn]] void end_with(std::string_view line) noexcept {
  // An alarm interrupts a write that hangs. No other signal is of use.
  set_handler(SIGALRM);
  sigset_t others{};
  sigfillset(&others);
  sigdelset(&others, SIGALRM);
  pthread_sigmask(SIG_SETMASK, &others, nullptr);
  write_briefly(STDERR_FILENO, line);
  const Ending* const last = ending.load();
  if (last != nullptr) {
    write_briefly(STDERR_FILENO, last->words.error);
    write_briefly(STDOUT_FILENO, last->words.output);
  }
  ::_exit(static_cast<int>(last == nullptr ? ExitCode::kFailure : last->words.code));
}

void on_signal(int /*signal*/) noexcept {
  if (claim_end()) {
    end_with("");
  }
}

/// Says the exception that is being handled.
[[noreturn]] void end_by_exception(std::string_view name) noexcept {
  if (!claim_end()) {
    end_with("");
  }
  EndText words{};
  EndText line{};
  end_with(join(line, {name, ": ", describe_exception(words).substr(0, 250), "\n"}));
}

ExitCode run_guarded(const char* name, const std::function<ExitCode()>& body) {
  try {
    const ExitCode code = body();
    if (ending.load() != nullptr) {
      // All is said: a signal from now on changes nothing.
      set_last_words({.code = code});
    }
    return code;
  } catch (...) {
    if (ending.load() != nullptr) {
      end_by_exception(name);
    }
    EndText words{};
    log::print(fmt::format("{}: {}", name, describe_exception(words)));
    return ExitCode::kFailure;
  }
}

}  // namespace

int run_program(const char* name, const std::function<ExitCode()>& body) {
  hold_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_terminate([] { end_by_exception(program_invocation_short_name); });
  const int status = static_cast<int>(run_guarded(name, body));
  if (!log::finish(kLogPatience)) {
    std::_Exit(status);
  }
  return status;
}

void set_last_words(LastWords words) {
  ending = new Ending{std::move(words), ending};
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    const bool other =
        std::find(kOtherSignals.begin(), kOtherSignals.end(), signal) != kOtherSignals.end();
    struct sigaction now {};
    if (!other && ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
      set_handler(signal);
    }
  }
}

void end_program(ExitCode code) {
  static_cast<void>(log::finish(kLogPatience));
  std::_Exit(static_cast<int>(code));
}

void hold_signals() {
  set_signals(SIG_BLOCK);
}

void release_signals() {
  set_signals(SIG_UNBLOCK);
}

}  // namespace everai
