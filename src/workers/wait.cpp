#include "workers/wait.hpp"

#include <algorithm>
#include <string>

#include "util/exit_code.hpp"

namespace everai::workers {
namespace {

/// What a look may take at least: the last one begins as the time ends.
constexpr std::chrono::seconds kLastLook{1};
constexpr unsigned kHopelessLooks = 3;

/// Whether it may be better in a moment. A token or an app that is not there will not.
bool may_pass(ErrorCode code) {
  const ExitCode class_of = exit_code_of(code);
  return class_of == ExitCode::kNetwork || class_of == ExitCode::kPayload;
}

}  // namespace

Waited wait_for(Session& session, std::chrono::milliseconds time,
                const std::function<Progress(const Look&)>& see) {
  const SteadyTime begin = session.clock.steady_now();
  const SteadyTime end = begin + time;
  const auto waited = [&session, begin] {
    return std::chrono::floor<std::chrono::milliseconds>(session.clock.steady_now() - begin);
  };
  std::string trouble;
  unsigned hopeless = 0;
  SteadyTime history_from = begin;  ///< until then the platform has asked for quiet
  for (;;) {
    const SteadyTime now = session.clock.steady_now();
    const auto longest = std::max<SteadyTime::duration>(end - now, kLastLook);
    const bool with_history = now >= history_from;
    const Result<Look> look = with_history ? session.platform.look(session.recent_days, longest)
                                           : session.platform.look_live(longest);
    const std::optional<Error> error = look ? look->history_error : look.error();
    if (error && error->message != trouble) {
      session.console.say(error->message + "; looking again");
    }
    if (error || with_history) {
      trouble = error ? error->message : "";
    }
    if (look && see(*look).is_over()) {
      return {.over = true, .error = {}, .time = waited()};
    }
    hopeless = look || may_pass(error->code) ? 0 : hopeless + 1;
    if (hopeless == kHopelessLooks) {
      return {.over = false, .error = error, .time = waited()};
    }
    if (now >= end) {
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
