#include "util/program.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
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

#include "util/log.hpp"
#include "util/standard_output.hpp"

namespace everai {
namespace {

/// How long the end waits for whoever reads standard error.
constexpr std::chrono::seconds kLogPatience{1};
constexpr int kLastWordMilliseconds = 100;

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

/// Says why, if somebody reads it, and ends the process: there may be no memory, and the threads
/// are in any state.
[[noreturn]] void end_at_once() noexcept {
  EndText words{};
  EndText line{};
  const std::string_view text = join(
      line, {program_invocation_short_name, ": ", describe_exception(words).substr(0, 250), "\n"});
  pollfd writable{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, kLastWordMilliseconds) == 1) {
    static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()));
  }
  std::_Exit(static_cast<int>(ExitCode::kFailure));
}

ExitCode run_guarded(const char* name, const std::function<ExitCode()>& body) {
  try {
    return body();
  } catch (...) {
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
  std::set_terminate(end_at_once);
  const int status = static_cast<int>(run_guarded(name, body));
  if (!log::finish(kLogPatience)) {
    std::_Exit(status);
  }
  return status;
}

void set_last_words(LastWords words) {
  static_cast<void>(words);
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
