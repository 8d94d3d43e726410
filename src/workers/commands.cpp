#include "workers/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "util/text.hpp"
#include "util/time.hpp"
#include "workers/output.hpp"
#include "workers/progress.hpp"

namespace everai::workers {
namespace {

using std::chrono::milliseconds;

/// Between two looks while something is waited for.
constexpr std::chrono::seconds kLookInterval{2};
/// What a look may take at least: the last one begins as the time ends.
constexpr std::chrono::seconds kLastLook{1};

ExitCode complain(Session& session, const Error& error) {
  session.console.say(error.message);
  return exit_code_of(error.code);
}

ExitCode print(Session& session, std::string_view text) {
  const Result<void> printed = session.console.print(text);
  return printed ? ExitCode::kOk : complain(session, printed.error());
}

/// Whether it may be better in a moment. A token or an app that is not there will not.
bool may_pass(ErrorCode code) {
  const ExitCode class_of = exit_code_of(code);
  return class_of == ExitCode::kNetwork || class_of == ExitCode::kPayload;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Workers that are there and in no list of ours.
void say_skipped(Session& session, const Look& look) {
  const auto say = [&session](api::ListingKind kind, const api::Listing& listing) {
    if (listing.skipped > 0) {
      session.console.say(fmt::format("{}: {} left out that cannot be read: {}",
                                      api::title_of(kind), plural(listing.skipped, "worker"),
                                      listing.skip_reason));
    }
  };
  say(api::ListingKind::kLive, look.live);
  say(api::ListingKind::kHistory, look.history);
}

/// Looks again and again until the change is over or the time is.
/// @param judge  tells from a fleet how far it is. @param meaning  what is done, such as "serve".
ExitCode await(Session session, milliseconds time, std::string_view meaning,
               const std::function<Progress(const state::Fleet&)>& judge) {
  const SteadyTime end = session.clock.steady_now() + time;
  Progress progress;
  std::string trouble;
  for (;;) {
    const SteadyTime now = session.clock.steady_now();
    SteadyTime next = std::min<SteadyTime>(now + kLookInterval, end);
    const auto longest = std::max<SteadyTime::duration>(end - now, kLastLook);
    if (const Result<Look> look = session.platform.look(session.recent_days, longest); look) {
      trouble.clear();
      progress = judge(look->fleet);
      session.console.show_progress(fmt::format("{} of {} {}{}{}", progress.done, progress.wanted,
                                                meaning, progress.details.empty() ? "" : ", ",
                                                progress.details));
      if (progress.is_over()) {
        break;
      }
    } else if (!may_pass(look.error().code)) {
      return complain(session, look.error());
    } else {
      next += look.error().retry_after.value_or(std::chrono::seconds(0));
      if (trouble != look.error().message) {
        trouble = look.error().message;
        session.console.say(trouble + "; looking again");
      }
    }
    // The platform may have asked for more quiet than there is time.
    if (now >= end || next > end) {
      session.console.say(fmt::format("not there after {}", render_duration(time)));
      return ExitCode::kNotSeen;
    }
    session.platform.pause(next);
  }
  for (const std::string& id : progress.failed) {
    session.console.say(fmt::format("worker {} is in error, or gone", printable(id)));
  }
  return progress.failed.empty() ? ExitCode::kOk : ExitCode::kFailure;
}

/// One line for each of the named workers, so that a person sees what is about to go.
std::string describe(const std::vector<std::string>& ids, const state::Fleet& fleet) {
  std::string text;
  for (const std::string& id : ids) {
    const state::FleetWorker* found = find_worker(fleet, id);
    if (found == nullptr) {
      text += fmt::format("  {}  not listed\n", printable(id));
      continue;
    }
    const api::Worker& record = found->record;
    text += fmt::format("  {}  {}{}{}\n", printable(id), to_string(record.status),
                        found->present ? "" : ", not there any more",
                        record.session_number == 0
                            ? ""
                            : fmt::format(", {}: it may stay until they end",
                                          plural(record.session_number, "open session")));
  }
  return text;
}

std::string removal_of(const ScaleDown& down, const std::string& app) {
  const api::ScaleDown& wanted = down.wanted;
  return wanted.count
             ? fmt::format("remove {} of {}, which the platform chooses",
                           plural(*wanted.count, "worker"), app)
             : fmt::format("remove {} of {}", plural(wanted.worker_ids.size(), "worker"), app);
}

}  // namespace

ExitCode run_list(Session session, const List& list) {
  const Result<Look> look = session.platform.look(session.recent_days);
  if (!look) {
    return complain(session, look.error());
  }
  const ExitCode code =
      print(session, render_workers(session.platform.app(), *look, list.all, list.output));
  session.console.show(render_summary(session.platform.app(), *look) + '\n');
  say_skipped(session, *look);
  return code;
}

ExitCode run_scale_up(Session session, const ScaleUp& up) {
  const std::string app = printable(to_string(session.platform.app()));
  // Also to see that the app and the token are good before anything is changed.
  const Result<Look> look = session.platform.look(session.recent_days);
  if (!look) {
    return complain(session, look.error());
  }
  session.console.show(render_summary(session.platform.app(), *look) + '\n');
  say_skipped(session, *look);
  if (up.dry_run) {
    return print(session, fmt::format("would add {} to {}\n", plural(up.count, "worker"), app));
  }
  const Result<std::vector<std::string>> ids = session.platform.scale_up(up.count);
  if (!ids) {
    return complain(session, ids.error());
  }
  std::string lines;
  for (const std::string& id : *ids) {
    lines += printable(id) + '\n';
  }
  ExitCode code = print(session, lines);
  if (ids->size() < up.count) {
    session.console.say(
        fmt::format("the platform added {} of {}", ids->size(), plural(up.count, "worker")));
    code = ExitCode::kFailure;
  }
  if (up.wait && !ids->empty()) {
    std::vector<std::string> seen;
    const ExitCode awaited = await(
        session, *up.wait, "serve",
        [&ids, &seen](const state::Fleet& fleet) { return judge_new_workers(*ids, fleet, seen); });
    code = awaited == ExitCode::kOk ? code : awaited;
  }
  return code;
}

ExitCode run_scale_down(Session session, const ScaleDown& down) {
  const std::string app = printable(to_string(session.platform.app()));
  if (!down.confirmed && !down.dry_run && !session.console.can_ask()) {
    session.console.say("scale-down: there is nobody to ask, expected --yes (see --help)");
    return ExitCode::kUsage;
  }
  const Result<Look> look = session.platform.look(session.recent_days);
  if (!look) {
    return complain(session, look.error());
  }
  session.console.show(render_summary(session.platform.app(), *look) + '\n' +
                       describe(down.wanted.worker_ids, look->fleet));
  say_skipped(session, *look);
  const std::string removal = removal_of(down, app);
  if (down.dry_run) {
    return print(session, fmt::format("would {}\n", removal));
  }
  if (!down.confirmed && !session.console.confirm("", removal + "?")) {
    session.console.say("nothing was removed");
    return ExitCode::kDeclined;
  }
  if (const Result<void> done = session.platform.scale_down(down.wanted); !done) {
    return complain(session, done.error());
  }
  if (!down.wait) {
    return ExitCode::kOk;
  }
  const std::vector<std::string> before =
      down.wanted.count ? present_ids(look->fleet) : down.wanted.worker_ids;
  return await(session, *down.wait, "gone",
               [&before, wanted = down.wanted.count.value_or(before.size())](
                   const state::Fleet& fleet) { return judge_removal(before, wanted, fleet); });
}

}  // namespace everai::workers
