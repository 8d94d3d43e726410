#include "workers/wait.hpp"

#include <algorithm>
#include <string>

#include "util/exit_code.hpp"

namespace everai::workers {
namespace {

/// What the last look may take, which begins as the time ends.
constexpr std::chrono::seconds kLastLook{5};
constexpr unsigned kHopelessLooks = 3;

/// Whether it may be better in a moment. A token or an app that is not there will not.
bool may_pass(ErrorCode code) {
  const ExitCode class_of = exit_code_of(code);
  return class_of == ExitCode::kNetwork || class_of == ExitCode::kPayload;
}

/// A message without its numbers: libcurl tells milliseconds, which differ each time.
std::string without_digits(std::string message) {
  std::erase_if(message, [](char c) { return c >= '0' && c <= '9'; });
  return message;
}

}  // namespace

Waited wait_for(Session& session, std::chrono::milliseconds time,
                const std::function<Progress(const Look&)>& see) {
  const SteadyTime begin = session.clock.steady_now();
  const SteadyTime end = begin + time;
  const auto waited = [&session, begin] {
    return std::chrono::round<std::chrono::milliseconds>(session.clock.steady_now() - begin);
  };
  std::string trouble;
  unsigned hopeless = 0;
  SteadyTime history_from = begin;  ///< until then the platform has asked for quiet
  for (;;) {
    const SteadyTime now = session.clock.steady_now();
    const bool is_last = now >= end;
    const SteadyTime::duration longest = is_last ? kLastLook : end - now;
    const bool with_history = now >= history_from;
    const Result<Look> look = with_history ? session.platform.look(session.recent_days, longest)
                                           : session.platform.look_live(longest);
    const std::optional<Error> error = look ? look->history_error : look.error();
    const std::string said =
        error ? without_digits(error->message).append(reason_of(error->code)) : "";
    if (error && said != trouble) {
      session.console.say(error->message + (is_last ? "" : "; looking again"));
    }
    if (error || with_history) {
      trouble = said;
    }
    if (look && see(*look).is_over()) {
      return {.over = true, .error = {}, .time = waited()};
    }
    hopeless = look || may_pass(error->code) ? 0 : hopeless + 1;
    if (hopeless == kHopelessLooks) {
      return {.over = false, .error = error, .time = waited()};
    }
    if (is_last) {
      return {.over = false, .error = {}, .time = waited()};
    }
    SteadyTime next = now + kLookInterval;
    if (error && error->retry_after) {
      (look ? history_from : next) = now + std::max(kLookInterval, *error->retry_after);
    }
    session.platform.pause(std::min(next, end));
  }
}

}  // namespace everai::workers
