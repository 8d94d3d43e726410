#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workers/change.hpp"
#include "workers/commands.hpp"
#include "workers/plan.hpp"
#include "workers/progress.hpp"

namespace everai::workers {
namespace {

/// Says what is odd about the ids of new workers.
/// @param before  what was there. @return those that are ids of new workers, each once.
std::vector<std::string> check_new_ids(Change& change, const Look& before) {
  std::set<std::string> distinct;
  bool is_old = false;
  bool is_twice = false;
  bool is_empty = false;
  for (const std::string& id : change.report().new_ids) {
    is_empty = is_empty || id.empty();
    if (find_worker(before.fleet, id) != nullptr) {
      is_old = true;
      continue;
    }
    is_twice = !(id.empty() || distinct.insert(id).second) || is_twice;
  }
  std::vector<std::string> oddities;
  if (is_empty) {
    oddities.emplace_back("a worker without an id");
  }
  if (is_twice) {
    oddities.emplace_back("a worker twice");
  }
  if (is_old) {
    oddities.emplace_back("a worker that was there already");
  }
  const std::uint64_t wanted = *change.report().count;
  if (distinct.size() != wanted) {
    oddities.push_back(
        fmt::format("{} instead of {}", plural(distinct.size(), "new worker"), wanted));
  }
  if (!oddities.empty()) {
    change.note(fmt::format("it names {}", fmt::join(oddities, ", ")));
  }
  return {distinct.begin(), distinct.end()};
}

/// What stands after the name of an app to which workers are added.
std::string room_of(const Look& look) {
  const std::string limit =
      look.fleet.max_workers ? fmt::format(", limit {}", *look.fleet.max_workers) : std::string();
  return fmt::format(", which has {}{}", count_present(look.fleet), limit);
}

/// How many workers are missing to the goal, or more than it.
/// @return nothing if there is nothing to ask for, or too much; that is said.
std::optional<std::uint64_t> way_to_goal(Change& change, std::uint64_t to, const Look& look,
                                         bool up) {
  const std::uint64_t serving = serving_ids(look.fleet).size();
  if (up ? serving >= to : serving <= to) {
    change.leave(fmt::format("{} for a goal of {}: there is nothing to {}",
                             plural(serving, "worker"), to, up ? "add" : "remove"));
    return std::nullopt;
  }
  const std::uint64_t way = up ? to - serving : serving - to;
  if (way > api::kMaxScaleStep) {
    change.refuse(
        {ErrorCode::kUsage, fmt::format("{} for a goal of {}: at most {} can be asked for at once",
                                        plural(serving, "worker"), to, api::kMaxScaleStep)});
    return std::nullopt;
  }
  return way;
}

/// Whether as many workers count for a goal as before a person was asked, who may have taken their
/// time; if not, that is said.
bool is_still_true(Change& change, const Look& before) {
  const std::optional<Look> look = change.look();
  if (!look) {
    return false;
  }
  const std::size_t then = serving_ids(before.fleet).size();
  if (const std::size_t now = serving_ids(look->fleet).size(); now != then) {
    change.refuse({ErrorCode::kPayload, fmt::format("{} now, and not {}: nothing was sent",
                                                    plural(now, "worker"), then)});
    return false;
  }
  return true;
}

void scale_up(Change& change, const ScaleUp& up) {
  const std::optional<Look> look = up.to ? change.look_for_goal(true) : change.look_live();
  if (!look) {
    return;
  }
  change.show(*look);
  std::optional<std::uint64_t>& count = change.report().count;
  if (up.to) {
    count = way_to_goal(change, *up.to, *look, true);
  }
  if (!count) {
    return;
  }
  const std::string workers = plural(*count, "worker");
  const std::string place = change.app() + room_of(*look);
  if (change.is_dry(fmt::format("would add up to {} to {}", workers, place))) {
    return;
  }
  if (is_much(*count, count_present(look->fleet)) &&
      (!change.is_confirmed(fmt::format("add {} to {}?", workers, place)) ||
       (up.to && !up.manner.confirmed && !is_still_true(change, *look)))) {
    return;
  }
  if (!change.send([&count](Platform& platform) { return platform.scale_up(*count); })) {
    return;
  }
  if (const std::vector<std::string> ids = check_new_ids(change, *look); !ids.empty()) {
    NewWorkers watch(ids);
    change.wait("serve", [&watch](const Look& seen) { return watch.see(seen); });
  }
}

/// What is asked for, in words, for a question.
std::string removal_of(const ScaleDown& down, const api::ScaleDown& wanted, const std::string& app,
                       std::size_t present) {
  if (!wanted.count) {
    return fmt::format("remove {} of {}", plural(wanted.worker_ids.size(), "worker"), app);
  }
  std::string text = fmt::format("remove {} of {}", plural(*wanted.count, "worker"), app);
  if (down.to) {
    text += fmt::format(" to come to {}", *down.to);
  }
  return text + (*wanted.count > present ? fmt::format(", of which {} can be seen", present)
                                         : ", which the platform chooses");
}

void scale_down(Change& change, const ScaleDown& down) {
  if (!change.can_be_confirmed()) {
    change.refuse_unconfirmed("scale-down");
    return;
  }
  const std::optional<Look> look = down.to ? change.look_for_goal(false) : change.look();
  if (!look) {
    return;
  }
  api::ScaleDown wanted = down.wanted;
  change.show(*look, describe_workers(wanted.worker_ids, look->fleet));
  if (const Result<void> there = check_workers(wanted.worker_ids, *look); !there) {
    change.refuse(there.error());
    return;
  }
  if (down.to) {
    wanted.count = way_to_goal(change, *down.to, *look, false);
    change.report().count = wanted.count;
    if (!wanted.count) {
      return;
    }
  }
  const Result<void> enough = check_removable(wanted.count.value_or(0), *look);
  if (!enough && down.manner.confirmed) {
    change.refuse(enough.error());
    return;
  }
  const std::vector<std::string> removable = removable_ids(look->fleet);
  const std::string removal = removal_of(down, wanted, change.app(), removable.size());
  if (change.is_dry("would " + removal) || !change.is_confirmed(removal + "?") ||
      (down.to && !down.manner.confirmed && !is_still_true(change, *look)) ||
      !change.send([&wanted](Platform& platform) { return platform.scale_down(wanted); })) {
    return;
  }
  // A worker in error that goes brings nobody nearer to a goal.
  const std::vector<std::string> followed = down.to        ? serving_ids(look->fleet)
                                            : wanted.count ? removable
                                                           : wanted.worker_ids;
  LeavingWorkers watch(followed, wanted.count.value_or(followed.size()));
  static_cast<void>(watch.see(*look));
  change.wait("gone", [&watch](const Look& seen) { return watch.see(seen); });
}

Report report_of(const ScaleUp& up) {
  return {.command = "scale-up", .to = up.to, .count = up.count};
}

Report report_of(const ScaleDown& down) {
  return {.command = "scale-down",
          .to = down.to,
          .count = down.wanted.count,
          .asked_ids = down.wanted.worker_ids};
}

}  // namespace

ExitCode run_scale_up(Session session, const ScaleUp& up) {
  Change change(session, up.manner, report_of(up));
  scale_up(change, up);
  return change.finish();
}

ExitCode run_scale_down(Session session, const ScaleDown& down) {
  Change change(session, down.manner, report_of(down));
  scale_down(change, down);
  return change.finish();
}

ExitCode refuse(Console& console, const Command& command, const Error& error) {
  console.say(error.message);
  const ExitCode code = exit_code_of(error.code);
  const auto print = [&](Report report, const Manner& manner) {
    report.app = command.app;
    report.dry_run = manner.dry_run;
    report.message = error.message;
    report.code = code;
    if (manner.json) {
      if (const Result<void> printed = console.print(render_report(report)); !printed) {
        console.say(printed.error().message);
      }
    }
  };
  if (const auto* up = std::get_if<ScaleUp>(&command.action)) {
    print(report_of(*up), up->manner);
  } else if (const auto* down = std::get_if<ScaleDown>(&command.action)) {
    print(report_of(*down), down->manner);
  }
  return code;
}

}  // namespace everai::workers
