#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "workers/change.hpp"
#include "workers/commands.hpp"
#include "workers/plan.hpp"

namespace everai::workers {
namespace {

/// Says what is odd about the ids of new workers.
/// @return those that are ids, each once.
std::vector<std::string> check_new_ids(Change& change) {
  std::set<std::string> distinct;
  bool is_twice = false;
  bool is_empty = false;
  for (const std::string& id : change.report().new_ids) {
    is_empty = is_empty || id.empty();
    is_twice = !(id.empty() || distinct.insert(id).second) || is_twice;
  }
  std::vector<std::string> oddities;
  if (is_empty) {
    oddities.emplace_back("a worker without an id");
  }
  if (is_twice) {
    oddities.emplace_back("a worker twice");
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
  const std::string limit = look.fleet.max_workers
                                ? fmt::format(" and may have {}", *look.fleet.max_workers)
                                : std::string();
  return fmt::format(", which has {}{}", count_present(look.fleet), limit);
}

/// How many workers are missing to the goal, or more than it.
/// @return nothing if there is nothing to ask for, or too much; that is said.
std::optional<std::uint64_t> way_to_goal(Change& change, std::uint64_t to, const Look& look,
                                         bool up) {
  const std::uint64_t serving = count_serving(look.fleet);
  if (up ? serving >= to : serving <= to) {
    change.leave(fmt::format("{} {} or start{}: there is nothing to {}", plural(serving, "worker"),
                             serving == 1 ? "serves" : "serve", serving == 1 ? "s" : "",
                             up ? "add" : "remove"));
    return std::nullopt;
  }
  const std::uint64_t way = up ? to - serving : serving - to;
  if (way > api::kMaxScaleStep) {
    change.refuse({ErrorCode::kUsage,
                   fmt::format("{} serve or start, and {} is further away than the {} that can be "
                               "asked for at once",
                               plural(serving, "worker"), to, api::kMaxScaleStep)});
    return std::nullopt;
  }
  return way;
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
      !change.is_confirmed(fmt::format("add {} to {}?", workers, place))) {
    return;
  }
  if (!change.send([&count](Platform& platform) { return platform.scale_up(*count); })) {
    return;
  }
  if (const std::vector<std::string> ids = check_new_ids(change); !ids.empty()) {
    NewWorkers watch(ids);
    change.wait("serve", [&watch](const Look& seen) { return watch.see(seen); });
  }
}

/// What is asked for, in words, for a question.
std::string removal_of(const api::ScaleDown& wanted, const std::string& app, std::size_t present) {
  if (!wanted.count) {
    return fmt::format("remove {} of {}", plural(wanted.worker_ids.size(), "worker"), app);
  }
  return fmt::format(
      "remove {} of {}, which {}", plural(*wanted.count, "worker"), app,
      *wanted.count > present ? fmt::format("has only {}", present) : "the platform chooses");
}

void scale_down(Change& change, const ScaleDown& down) {
  if (!change.can_be_confirmed()) {
    change.refuse_unconfirmed("scale-down:");
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
  const std::vector<std::string> removable = removable_ids(look->fleet);
  if (wanted.count > removable.size() && down.manner.confirmed) {
    change.refuse(
        {ErrorCode::kNotFound, fmt::format("{} can be removed, not {}",
                                           plural(removable.size(), "worker"), *wanted.count)});
    return;
  }
  const std::string removal = removal_of(wanted, change.app(), removable.size());
  if (change.is_dry("would " + removal) || !change.is_confirmed(removal + "?") ||
      !change.send([&wanted](Platform& platform) { return platform.scale_down(wanted); })) {
    return;
  }
  const std::vector<std::string>& followed = wanted.count ? removable : wanted.worker_ids;
  LeavingWorkers watch(followed, wanted.count.value_or(followed.size()));
  static_cast<void>(watch.see(*look));
  change.wait("gone", [&watch](const Look& seen) { return watch.see(seen); });
}

}  // namespace

ExitCode run_scale_up(Session session, const ScaleUp& up) {
  Change change(session, up.manner, {.command = "scale-up", .to = up.to, .count = up.count});
  scale_up(change, up);
  return change.finish();
}

ExitCode run_scale_down(Session session, const ScaleDown& down) {
  Change change(session, down.manner,
                {.command = "scale-down",
                 .to = down.to,
                 .count = down.wanted.count,
                 .asked_ids = down.wanted.worker_ids});
  scale_down(change, down);
  return change.finish();
}

}  // namespace everai::workers
