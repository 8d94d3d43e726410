#include "workers/change.hpp"

#include <fmt/format.h>

#include <utility>

#include "util/program.hpp"
#include "util/text.hpp"
#include "util/time.hpp"
#include "workers/output.hpp"
#include "workers/plan.hpp"

namespace everai::workers {
namespace {

constexpr unsigned kLooksForGoal = 3;
constexpr const char* kAccepted = "the platform accepted it\n";

/// What the history listing may take before a change: it is of use, and not needed.
constexpr std::chrono::seconds kHistoryTime{5};

/// Whole seconds, but for less than one.
std::string render_wait(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(time);
  return render_duration(seconds.count() > 0 ? seconds : time);
}

}  // namespace

Change::Change(Session session, const Manner& manner, Report report)
    : session_(session), manner_(manner), report_(std::move(report)) {
  report_.app = session_.platform.app();
  report_.dry_run = manner_.dry_run;
}

void Change::say(ExitCode code, const std::string& message) {
  session_.console.say(message);
  report_.message = message;
  if (report_.code == ExitCode::kOk) {
    report_.code = code;
  }
}

void Change::prepare_last_words(ExitCode code, const std::string& message, const std::string& ids) {
  Report report = report_;
  report.code = code;
  report.message = message;
  LastWords words{
      .code = code,
      .error = std::string(session_.console.line_end()) + Console::line_of(message) + ids,
      .output = manner_.json ? render_report(report) : ids};
  // They are kept to the end, and a wait may be long.
  if (words != prepared_) {
    prepared_ = words;
    set_last_words(std::move(words));
  }
}

bool Change::can_be_confirmed() const {
  return manner_.confirmed || manner_.dry_run || session_.console.can_ask();
}

void Change::refuse_unconfirmed(std::string_view what) {
  refuse({ErrorCode::kUsage,
          fmt::format("there is nobody to ask, expected --yes (see --help): {}", what)});
}

std::string Change::app() const {
  return printable(to_string(report_.app));
}

std::optional<Look> Change::take(Result<Look> look) {
  if (!look) {
    refuse(look.error());
    return std::nullopt;
  }
  return std::move(*look);
}

std::optional<Look> Change::look() {
  return take(
      session_.platform.look(session_.recent_days, SteadyTime::duration::max(), kHistoryTime));
}

std::optional<Look> Change::look_live() {
  return take(session_.platform.look_live());
}

void Change::show(const Look& look, const std::string& workers) {
  shown_ = render_summary(report_.app, look) + '\n' + workers;
  for (const std::string& line : gaps_of(look)) {
    shown_ += Console::line_of(line);
  }
  session_.console.show(shown_);
}

std::optional<Look> Change::look_for_goal(bool up) {
  std::vector<std::size_t> counts;
  unsigned reached = 0;
  std::optional<Look> best;
  std::optional<Error> doubt;
  for (unsigned i = 0; i < kLooksForGoal; ++i) {
    if (i > 0) {
      session_.platform.pause(session_.clock.steady_now() + kLookInterval);
    }
    std::optional<Look> next = look();
    if (!next) {
      return std::nullopt;
    }
    const std::size_t serving = serving_ids(next->fleet).size();
    reached += (up ? serving >= *report_.to : serving <= *report_.to) ? 1U : 0U;
    doubt = doubt ? doubt : doubt_of_count(*next);
    const std::size_t best_serving = best ? serving_ids(best->fleet).size() : serving;
    if (!best || (up ? serving > best_serving : serving < best_serving)) {
      best = std::move(next);
    }
    counts.push_back(serving);
  }
  // More workers than are seen change nothing if there are enough.
  if (doubt && !(up && reached == kLooksForGoal)) {
    refuse(*doubt);
    return std::nullopt;
  }
  if (reached > 0 && reached < kLooksForGoal) {
    refuse({ErrorCode::kPayload,
            fmt::format("it is not known how many workers there are: the listings show {}",
                        fmt::join(counts, ", then "))});
    return std::nullopt;
  }
  return best;
}

bool Change::is_dry(const std::string& would) {
  if (!manner_.dry_run) {
    return false;
  }
  report_.message = would;
  if (!manner_.json) {
    if (const Result<void> printed = session_.console.print(would + '\n'); !printed) {
      refuse(printed.error());
    }
  }
  return true;
}

bool Change::is_confirmed(const std::string& question) {
  if (!can_be_confirmed()) {
    refuse_unconfirmed(question);
    return false;
  }
  if (manner_.confirmed || session_.console.confirm(shown_, question)) {
    return true;
  }
  say(ExitCode::kDeclined, "nothing was sent");
  return false;
}

bool Change::send(const std::function<ChangeAnswer(Platform&)>& call) {
  report_.outcome = Outcome::kUnknown;
  prepare_last_words(ExitCode::kPerhapsDone,
                     fmt::format("POST {}: interrupted{}", report_.command, kPerhapsDone));
  ChangeAnswer answer = call(session_.platform);
  report_.outcome = answer.outcome;
  switch (answer.outcome) {
    case Outcome::kNotSent:
      say(exit_code_of(answer.error->code), answer.error->message);
      return false;
    case Outcome::kRefused:
      say(ExitCode::kRefused, answer.error->message);
      return false;
    case Outcome::kUnknown:
      say(ExitCode::kPerhapsDone, answer.error->message);
      return false;
    case Outcome::kAccepted:
      break;
  }
  report_.new_ids = std::move(answer.new_ids);
  tell_acceptance();
  return true;
}

/// Tells it at once, the ids first: standard error may block.
void Change::tell_acceptance() {
  constexpr const char* kInterrupted = "the platform accepted it; interrupted";
  std::string lines;
  for (const std::string& id : report_.new_ids) {
    lines += printable(id) + '\n';
  }
  if (lines.empty() || manner_.json) {
    prepare_last_words(ExitCode::kNotSeen, kInterrupted);
  } else {
    prepare_last_words(ExitCode::kNotAsAsked, kInterrupted, lines);
    if (const Result<void> told = session_.console.deliver(lines); !told) {
      note(told.error().message + "; new workers:");
      session_.console.show(lines);
    }
    prepare_last_words(ExitCode::kNotSeen, kInterrupted);
  }
  session_.console.show(kAccepted);
}

void Change::note(const std::string& what) {
  say(ExitCode::kNotAsAsked, "the platform accepted it, but " + what);
}

void Change::wait(std::string_view meaning, const std::function<Progress(const Look&)>& see) {
  if (!manner_.wait) {
    return;
  }
  const auto tell_cut = [this, meaning] {
    prepare_last_words(
        ExitCode::kNotSeen,
        fmt::format("the platform accepted it; interrupted{}",
                    report_.seen ? ", " + render_progress(*report_.seen, meaning) : ""));
  };
  tell_cut();
  const Waited waited = wait_for(session_, *manner_.wait, [&](const Look& look) {
    report_.seen = see(look);
    session_.console.show_progress(render_progress(*report_.seen, meaning));
    tell_cut();
    return *report_.seen;
  });
  const std::string seen =
      report_.seen ? render_progress(*report_.seen, meaning) : "nothing was seen";
  if (waited.error) {
    say(ExitCode::kNotSeen, fmt::format("the platform accepted it, {}; gave up looking: {}", seen,
                                        waited.error->message));
  } else if (!waited.over) {
    say(ExitCode::kNotSeen,
        fmt::format("the platform accepted it, but after {} {}", render_wait(waited.time), seen));
  } else if (report_.seen->failed > 0) {
    for (const SeenWorker& worker : report_.seen->workers) {
      if (worker.failed) {
        session_.console.say(fmt::format("worker {}: {}", printable(worker.id), worker.state));
      }
    }
    note(seen);
  }
}

void Change::leave(const std::string& why) {
  report_.message = why;
  session_.console.say(why);
}

void Change::refuse(const Error& error) {
  say(exit_code_of(error.code), error.message);
}

ExitCode Change::finish() {
  if (!manner_.json) {
    return report_.code;
  }
  Report untold = report_;
  if (untold.code == ExitCode::kOk) {
    untold.code = untold.outcome == Outcome::kAccepted ? ExitCode::kNotAsAsked : ExitCode::kFailure;
  }
  // If it is interrupted now, it is not known what of it standard output has.
  set_last_words({.code = untold.code, .error = render_report(untold)});
  if (const Result<void> told = session_.console.deliver(render_report(report_)); !told) {
    say(untold.code, told.error().message);
    session_.console.show(render_report(report_));
  }
  set_last_words({.code = report_.code});
  return report_.code;
}

}  // namespace everai::workers
