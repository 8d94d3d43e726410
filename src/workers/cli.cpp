#include "workers/cli.hpp"

#include <cxxopts.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cli/common_flags.hpp"
#include "cli/parse_flags.hpp"
#include "cli/reader.hpp"
#include "config/parse.hpp"
#include "util/text.hpp"

namespace everai::workers {
namespace {

constexpr const char* kDescription =
    "Lists the workers of an EverAI app, and changes their number.\n\n"
    "Commands:\n"
    "  list        the workers that are there, those in error too; the app itself on\n"
    "              standard error\n"
    "  scale-up    asks for --count more workers, or for as many as are missing to\n"
    "              --to in all; prints their ids\n"
    "  scale-down  removes --count workers, as many as there are more than --to, or\n"
    "              those that --worker names, after asking\n\n"
    "Both changes are for apps whose autoscaler is manual. The platform and its token\n"
    "are given as to everai_exporter: by flags, by the app's part of its configuration\n"
    "file, or by the environment, EVERAI_ENDPOINT and EVERAI_TOKEN.\n\n"
    "Exit status:\n"
    "  0   done; a change: accepted as asked, and seen with --wait\n"
    "  1   not sent: a failure on this side, such as standard output\n"
    "  2   not sent: wrong usage or configuration, no such app or worker, too few\n"
    "      workers, or nobody to ask\n"
    "  3   not sent: the platform refused the token, or there is none\n"
    "  4   not sent: no answer, or a failure of the platform or the network\n"
    "  5   not sent: a listing was not understood, or may lack workers\n"
    "  6   accepted, and not seen in the time of --wait\n"
    "  7   not sent: the person who was asked did not say yes\n"
    "  8   refused: sent, and the platform said no\n"
    "  9   accepted, and not as asked: more or fewer workers, one in error, or\n"
    "      standard output could not be written\n"
    "  10  perhaps done: sent, and no answer says whether it was done\n\n"
    "After exit status 0 or 6 do not ask again, after 9 look first, after 10 ask with\n"
    "--to alone. A signal that ends the program gives 10 once the change is on its way,\n"
    "and 6 or 9 once it is accepted. A reader of standard output that leaves early, such\n"
    "as head, is no failure of list.\n";

/// The commands, and the flags that only some of them take.
constexpr std::string_view kList = "list";
constexpr std::string_view kScaleUp = "scale-up";
constexpr std::string_view kScaleDown = "scale-down";

struct OwnFlag {
  const char* name;
  std::array<std::string_view, 2> commands;
};

constexpr std::array<OwnFlag, 8> kOwnFlags{{{"all", {kList, kList}},
                                            {"to", {kScaleUp, kScaleDown}},
                                            {"count", {kScaleUp, kScaleDown}},
                                            {"dry-run", {kScaleUp, kScaleDown}},
                                            {"wait", {kScaleUp, kScaleDown}},
                                            {"timeout", {kScaleUp, kScaleDown}},
                                            {"worker", {kScaleDown, kScaleDown}},
                                            {"yes", {kScaleUp, kScaleDown}}}};

cxxopts::Options make_options() {
  const auto text = [] { return cxxopts::value<std::string>(); };
  cxxopts::Options options("everai_workers", kDescription);
  options.custom_help("[OPTION...] COMMAND NAMESPACE/NAME");
  options.set_width(100);
  options.add_options("List")  //
      ("all", "Also list the workers that ended within the days of --recent-days");
  options.add_options("List, Scale")  //
      ("output",
       "Form of the output; text is of a change, table, wide and yaml of a list: text, table, "
       "wide, json, yaml",
       text()->default_value("table, or text"), "FORM");
  options.add_options("Scale")                                         //
      ("count", "How many workers to add or remove", text(), "COUNT")  //
      ("to",
       "How many workers the app is to have, without those in error, unavailable or leaving; safe "
       "to ask again",
       text(), "COUNT")  //
      ("worker", "A worker to remove; more may follow it, or the flag be given again",
       cxxopts::value<std::vector<std::string>>(), "ID")                          //
      ("yes", "Do it without asking")                                             //
      ("dry-run", "Say what would be done, and do not do it")                     //
      ("wait", "Wait until the new workers serve, or the removed ones are gone")  //
      ("timeout", "The longest time to wait", text()->default_value("10m"), "DURATION");
  options.add_options("Platform")(
      "config.file", "The exporter's configuration in YAML, for the app's endpoint and token",
      text(), "FILE");
  cli::add_account_flags(options.add_options("Platform"));
  options.add_options("Platform")  //
      ("api.timeout", "The longest time that one call may take", text()->default_value("30s"),
       "DURATION")  //
      ("recent-days", "How many days ago a worker may have ended, or errored, to be listed",
       text()->default_value("2"), "DAYS");
  options.add_options("General")                //
      ("version", "Print the version and end")  //
      ("h,help", "Print this and end");
  return options;
}

Result<std::uint64_t> parse_workers(std::string_view text, std::uint64_t least,
                                    std::uint64_t most) {
  Result<std::uint64_t> count = config::parse_count(text);
  if (!count || *count < least || *count > most) {
    return fail(ErrorCode::kUsage, fmt::format("{} is not a number of workers from {} to {}",
                                               show_value(text), least, most));
  }
  return count;
}

/// Reads how many workers to add or remove.
Result<std::uint64_t> parse_step(std::string_view text) {
  return parse_workers(text, 1, api::kMaxScaleStep);
}

/// Reads how many workers there are to be.
Result<std::uint64_t> parse_goal(std::string_view text) {
  constexpr std::uint64_t kMost = 100'000;
  return parse_workers(text, 0, kMost);
}

Result<std::string> parse_worker_id(std::string_view text) {
  // An option takes the next flag for its value if it has none.
  if (text.starts_with('-')) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' is no worker", presentable(text, 80)));
  }
  return config::parse_name(text);
}

/// Refuses the flags that another command has.
Result<void> check_flags(const cli::Reader& reader, std::string_view command) {
  for (const OwnFlag& flag : kOwnFlags) {
    const bool is_ours =
        std::find(flag.commands.begin(), flag.commands.end(), command) != flag.commands.end();
    if (reader.has(flag.name) && !is_ours) {
      return fail(ErrorCode::kUsage, fmt::format("--{}: it is no flag of {}", flag.name, command));
    }
  }
  return {};
}

Patience read_patience(cli::Reader& reader) {
  std::chrono::milliseconds time{0};
  reader.read("timeout", time, config::parse_timeout);
  if (!reader.is_on("wait")) {
    return std::nullopt;
  }
  return time;
}

/// A form that is given, by a parser of those that the command knows.
template <typename T>
void read_output(cli::Reader& reader, T& into, Result<T> (*parse)(std::string_view)) {
  if (reader.has("output")) {
    reader.read("output", into, parse);
  }
}

List read_list(cli::Reader& reader) {
  List list;
  list.all = reader.is_on("all");
  read_output(reader, list.output, parse_output);
  return list;
}

Result<bool> parse_wants_json(std::string_view text) {
  if (text != "text" && text != "json") {
    return fail(ErrorCode::kUsage, fmt::format("{} is no output of a change, expected text or json",
                                               show_value(text)));
  }
  return text == "json";
}

Manner read_manner(cli::Reader& reader) {
  Manner manner;
  manner.confirmed = reader.is_on("yes");
  manner.dry_run = reader.is_on("dry-run");
  manner.wait = read_patience(reader);
  read_output(reader, manner.json, parse_wants_json);
  return manner;
}

void read_number(cli::Reader& reader, const char* flag, std::optional<std::uint64_t>& into,
                 Result<std::uint64_t> (*parse)(std::string_view)) {
  if (reader.has(flag)) {
    reader.read(flag, into.emplace(), parse);
  }
}

ScaleUp read_scale_up(cli::Reader& reader) {
  ScaleUp up;
  if (reader.has("count") == reader.has("to")) {
    reader.refuse("scale-up", {ErrorCode::kUsage, "expected one of --count N and --to N"});
  }
  read_number(reader, "count", up.count, parse_step);
  read_number(reader, "to", up.to, parse_goal);
  up.manner = read_manner(reader);
  return up;
}

/// @param more_ids  arguments that follow the app: ids after the first, as in `--worker A B`.
ScaleDown read_scale_down(cli::Reader& reader, const std::vector<std::string>& more_ids) {
  ScaleDown down;
  const auto take_id = [&down](const std::string& text) {
    return parse_worker_id(text).map([&down](std::string id) {
      std::vector<std::string>& ids = down.wanted.worker_ids;
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
        ids.push_back(std::move(id));
      }
    });
  };
  const std::array given{reader.has("worker"), reader.has("count"), reader.has("to")};
  if (std::count(given.begin(), given.end(), true) != 1) {
    reader.refuse("scale-down",
                  {ErrorCode::kUsage, "expected one of --count N, --to N and --worker ID"});
  }
  read_number(reader, "count", down.wanted.count, parse_step);
  read_number(reader, "to", down.to, parse_goal);
  reader.read_each("worker", take_id);
  for (const std::string& text : more_ids) {
    if (const Result<void> good = take_id(text); !good) {
      reader.refuse("--worker", good.error());
    }
  }
  down.manner = read_manner(reader);
  return down;
}

Result<Command> read_command(const cxxopts::ParseResult& flags) {
  const std::vector<std::string>& arguments = flags.unmatched();
  if (arguments.empty()) {
    return fail(ErrorCode::kUsage, "expected a command: list, scale-up or scale-down");
  }
  const std::string& name = arguments[0];
  if (name != kList && name != kScaleUp && name != kScaleDown) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is no command, expected list, scale-up or scale-down",
                            presentable(name, 80)));
  }
  if (arguments.size() < 2) {
    return fail(ErrorCode::kUsage, fmt::format("{}: expected an app, NAMESPACE/NAME", name));
  }
  cli::Reader reader(flags);
  if (Result<void> good = check_flags(reader, name); !good) {
    return tl::unexpected(good.error());
  }
  const std::vector<std::string> more(arguments.begin() + 2, arguments.end());
  if (!more.empty() && !reader.has("worker")) {
    return fail(ErrorCode::kUsage,
                fmt::format("unexpected argument '{}'", presentable(more.front(), 80)));
  }
  Command command;
  if (Result<api::AppRef> app = config::parse_app(arguments[1]); app) {
    command.app = std::move(*app);
  } else {
    reader.refuse(name, app.error());
  }
  if (name == kList) {
    command.action = read_list(reader);
  } else if (name == kScaleUp) {
    command.action = read_scale_up(reader);
  } else {
    command.action = read_scale_down(reader, more);
  }
  if (reader.has("config.file")) {
    reader.read("config.file", command.source.file, config::parse_path);
  }
  cli::read_account_flags(reader, command.source.flags);
  command.source.environment = cli::read_environment(reader);
  command.source.proxies = cli::read_proxy_environment();
  reader.read("api.timeout", command.call_time, config::parse_timeout);
  reader.read("recent-days", command.recent_days, config::parse_days);
  if (!reader.result()) {
    return tl::unexpected(reader.result().error());
  }
  return command;
}

}  // namespace

Result<std::variant<ShowText, Command>> parse_command_line(int argc, const char* const* argv) {
  using Parsed = std::variant<ShowText, Command>;
  cxxopts::Options options = make_options();
  const Result<cxxopts::ParseResult> flags = cli::parse_flags(options, argc, argv, {"worker"});
  if (!flags) {
    return tl::unexpected(flags.error());
  }
  if (flags->count("help") != 0) {
    return ShowText{options.help({"List", "List, Scale", "Scale", "Platform", "General"})};
  }
  if (flags->count("version") != 0) {
    return ShowText{cli::version_text("everai_workers")};
  }
  return read_command(*flags).map([](Command command) { return Parsed(std::move(command)); });
}

}  // namespace everai::workers
