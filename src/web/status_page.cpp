#include "web/status_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "util/sha256.hpp"
#include "web/html.hpp"
#include "web/status_style.hpp"
#include "web/status_text.hpp"
#include "web/worker_bar.hpp"

namespace everai::web {
namespace {

using state::WorkerState;

constexpr std::size_t kNameLimit = 72;  // characters; the link to the series has the whole name
constexpr std::size_t kTextLimit = 200;
constexpr std::size_t kReloadErrorLimit = 1000;  // it names all the keys that there are

constexpr std::string_view kTableHead =
    R"(<table><thead><tr><th scope="col">App</th><th scope="col">State</th>)"
    R"(<th scope="col" title="Present workers / most workers">Workers</th>)"
    R"(<th scope="col" title="Waiting requests / how many are a backlog">Queue</th>)"
    R"(<th scope="col" title="Share of the finished requests that failed, as counted so far / )"
    R"(what the objective allows">Failed</th>)"
    R"(<th scope="col" title="Time since the last good poll">Data age</th>)"
    R"(<th scope="col">Next poll</th></tr></thead>
)";

constexpr std::string_view kDash = R"(<td class="soft">–</td>)";

template <typename... Args>
void add(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

/// Foreign text, in a direction of its own.
std::string foreign(std::string_view text, std::size_t limit = kTextLimit) {
  return fmt::format("<bdi>{}</bdi>", escape_html(shorten(text, limit)));
}

/// A text about a moment, which the reader can ask for.
std::string timed(Timestamp time, std::string_view text) {
  const std::string full = render_rfc3339(time);
  return fmt::format(R"(<time datetime="{0}" title="{0}">{1}</time>)", full, text);
}

/// How good or bad a thing is, with its colours' class and its sign.
enum class Mood : std::uint8_t { kGood, kWaiting, kWarning, kBad };

Mood mood_of(Trouble trouble) {
  return trouble == Trouble::kDown || trouble == Trouble::kErrorWorkers ? Mood::kBad
                                                                        : Mood::kWarning;
}

Mood mood_of(const Status& status) {
  Mood worst = Mood::kGood;
  for (const AppStatus& app : status.apps) {
    for (const Trouble trouble : app.troubles) {
      worst = std::max(worst, mood_of(trouble));
    }
  }
  if (worst != Mood::kGood) {
    return worst;
  }
  return status.apps.empty() || status.not_polled > 0 ? Mood::kWaiting : Mood::kGood;
}

struct MoodLook {
  std::string_view css_class;
  std::string_view sign;  ///< the path of a tick, three dots or an exclamation mark in a disc
  std::string_view icon_colour;
};

MoodLook look_of(Mood mood) {
  constexpr std::array<MoodLook, 4> kLooks{{
      {"good", "M4.5 8.3 7 10.8 11.6 5.6", "22673a"},
      {"soft", "M4.4 8h.01M8 8h.01M11.6 8h.01", "59626b"},
      {"warn", "M8 4.2v4.4M8 11.6h.01", "874a00"},
      {"bad", "M8 4.2v4.4M8 11.6h.01", "b01c2e"},
  }};
  return kLooks.at(static_cast<std::size_t>(mood));
}

void add_head(std::string& out, const Status& status) {
  const MoodLook look = look_of(mood_of(status));
  add(out,
      R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{0} – EverAI exporter</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="30">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='8' fill='%23{1}'/%3E%3Cpath d='{2}' fill='none' stroke='%23fff' stroke-width='2' stroke-linecap='round'/%3E%3C/svg%3E">
<style>{3}</style>
</head>
)",
      headline(status), look.icon_colour, look.sign, status_stylesheet());
}

/// What the troubles are and how many apps have them, worst first.
std::string trouble_counts(const Status& status) {
  constexpr std::array<std::string_view, 6> kWords{
      "down",           "with outdated data",   "with workers in error", "with unavailable workers",
      "with a backlog", "without their history"};
  std::string text;
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    const auto count =
        std::count_if(status.apps.begin(), status.apps.end(), [i](const AppStatus& app) {
          return std::count(app.troubles.begin(), app.troubles.end(), static_cast<Trouble>(i)) > 0;
        });
    if (count > 0) {
      add(text, "{}{} {}", text.empty() ? "" : ", ", count, kWords.at(i));
    }
  }
  return text;
}

void add_fact(std::string& out, std::string_view name, std::string_view value) {
  add(out, "<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

void add_facts(std::string& out, const Status& status) {
  out += "<dl class=\"facts\">\n";
  std::string apps = fmt::format("{} up, {} down", status.up, status.down);
  if (status.not_polled > 0) {
    add(apps, ", {} not polled yet", status.not_polled);
  }
  add_fact(out, "Apps", apps);
  if (const config::Shard& shard = status.config.shard; shard.total > 1) {
    add_fact(out, "Shard", fmt::format("{}, of 0 to {}", shard.number, shard.total - 1));
  }
  add_fact(out, "Running for", timed(status.started, duration_text(status.uptime)));
  const ConfigState& config = status.config;
  const auto age = std::max(status.now - config.last_reload_success, Timestamp::duration{0});
  add_fact(
      out, "Configuration",
      fmt::format("{}, loaded {} ago", config.file.empty() ? "flags alone" : foreign(config.file),
                  timed(config.last_reload_success, duration_text(age))));
  add_fact(out, "As of",
           timed(status.now, render_rfc3339(status.now).substr(11, 8) + "\xC2\xA0UTC"));
  out += "</dl>\n";
  if (!config.last_reload_successful) {
    add(out,
        "<p class=\"alert\">The last reload of the configuration failed; the one before stays in "
        "use. {}</p>\n",
        foreign(config.last_error, kReloadErrorLimit));
  }
}

void add_top(std::string& out, const Status& status) {
  const MoodLook look = look_of(mood_of(status));
  add(out,
      R"(<header>
<div class="top"><span>EverAI exporter {0}</span>
<nav aria-label="Endpoints"><a href="{1}">Metrics</a><a href="./status.json">JSON</a><a href="./-/healthy">Health</a><a href="./-/ready">Readiness</a></nav></div>
<h1><svg class="{2}" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="8" fill="currentColor"/><path class="sign" d="{3}"/></svg>{4}</h1>
)",
      escape_html(status.version), escape_html(status.metrics_url), look.css_class, look.sign,
      headline(status));
  if (const std::string counts = trouble_counts(status); !counts.empty()) {
    add(out, "<p class=\"sub\">{}</p>\n", counts);
  }
  add_facts(out, status);
  out += "</header>\n";
}

/// The word that stands for an app's state: up, or its worst trouble.
std::string state_tag(const AppStatus& app) {
  if (!app.up) {
    return R"(<b class="tag soft">not polled</b>)";
  }
  if (app.troubles.empty()) {
    return R"(<b class="tag good">up</b>)";
  }
  constexpr std::array<std::string_view, 6> kTags{"down",        "stale",   "errors",
                                                  "unavailable", "backlog", "no history"};
  const Trouble worst = app.troubles.front();
  return fmt::format(R"(<b class="tag {}">{}</b>)", look_of(mood_of(worst)).css_class,
                     kTags.at(static_cast<std::size_t>(worst)));
}

std::string failure_text(const FailureStatus& failure) {
  std::string reason{failure.reason};
  std::replace(reason.begin(), reason.end(), '_', ' ');
  return fmt::format("{} for {}", reason, timed(failure.since, duration_text(failure.lasting)));
}

std::string trouble_text(const AppStatus& app, Trouble trouble) {
  switch (trouble) {
    case Trouble::kDown:
      return app.failure ? failure_text(*app.failure) : "the last poll failed";
    case Trouble::kStale:
      return app.up == true ? "no poll ended lately" : "";
    case Trouble::kErrorWorkers:
      return plural_text(app.workers->of(WorkerState::kError), "worker") + " in error";
    case Trouble::kUnavailableWorkers:
      // As the worst trouble it stands behind that very word.
      return plural_text(app.workers->of(WorkerState::kUnavailable), "worker") +
             (app.troubles.front() == trouble ? "" : " unavailable");
    case Trouble::kBacklog:
      return plural_text(*app.queue_size, "request") + (*app.queue_size == 1 ? " waits" : " wait");
    case Trouble::kNoHistory:
      return (app.troubles.front() == trouble ? "" : "no history: ") +
             failure_text(*app.history_failure);
  }
  return "";
}

void add_state(std::string& out, const AppStatus& app) {
  std::string texts;
  for (const Trouble trouble : app.troubles) {
    if (const std::string text = trouble_text(app, trouble); !text.empty()) {
      add(texts, "{}{}", texts.empty() ? "" : ", ", text);
    }
  }
  add(out, "<td>{}{}", state_tag(app), texts);
  for (const auto& failure : {app.failure, app.up == true ? app.history_failure : std::nullopt}) {
    if (failure && !failure->message.empty()) {
      add(out, "<div class=\"why\">{}</div>", foreign(failure->message));
    }
  }
  out += "</td>";
}

void add_workers(std::string& out, const AppStatus& app) {
  if (app.workers) {
    add(out, "<td>{}</td>", render_workers(*app.workers));
  } else if (app.data == DataState::kOutdated) {
    out += "<td class=\"soft\">Too old to be shown</td>";
  } else {
    add(out, "<td class=\"soft\">{}</td>", app.up ? "Nothing is known" : "Nothing is known yet");
  }
}

void add_queue(std::string& out, const AppStatus& app) {
  if (!app.queue_size) {
    out += kDash;
    return;
  }
  const bool backlog = std::count(app.troubles.begin(), app.troubles.end(), Trouble::kBacklog) > 0;
  add(out, "<td><span>{}<small> / {}</small></span></td>",
      backlog ? fmt::format("<b class=\"warn\">{}</b>", short_count_text(*app.queue_size))
              : short_count_text(*app.queue_size),
      short_count_text(app.backlog_threshold));
}

void add_failed(std::string& out, const AppStatus& app) {
  if (!app.requests || !app.requests->failure_ratio) {
    out += kDash;
    return;
  }
  const double ratio = *app.requests->failure_ratio;
  const double allowed = 1 - app.slo_objective_ratio;
  const std::string text = percent_text(ratio);
  add(out, R"(<td title="{} of {} finished requests failed, as counted so far">)",
      count_text(app.requests->failed), count_text(app.requests->finished));
  add(out, "<span>{}<small> / {}</small></span></td>",
      ratio > allowed ? fmt::format("<b class=\"bad\">{}</b>", text) : text, percent_text(allowed));
}

void add_age(std::string& out, const AppStatus& app) {
  if (!app.age) {
    out += kDash;
    return;
  }
  const std::string text = timed(*app.last_success, duration_text(*app.age));
  add(out, "<td>{}</td>",
      app.data == DataState::kOutdated ? fmt::format("<b class=\"warn\">{}</b>", text) : text);
}

void add_next_poll(std::string& out, const AppStatus& app) {
  if (!app.next_poll_in) {
    out += kDash;
  } else if (*app.next_poll_in < std::chrono::seconds{1}) {
    out += "<td>now</td>";
  } else {
    add(out, "<td>{}</td>", duration_text(*app.next_poll_in));
  }
}

void add_row(std::string& out, const AppStatus& app) {
  const bool well = app.up && app.troubles.empty();
  add(out, R"(<tr{}><th scope="row"><a href="{}">{}<wbr>{}</a></th>)",
      well ? " class=\"well\"" : "", escape_html(app.series_url),
      foreign(app.app_namespace + "/", kNameLimit), foreign(app.name, kNameLimit));
  add_state(out, app);
  add_workers(out, app);
  add_queue(out, app);
  add_failed(out, app);
  add_age(out, app);
  add_next_poll(out, app);
  out += "</tr>\n";
}

/// The group of the table that an app stands in. The order of the apps keeps groups together.
std::string_view group_of(const AppStatus& app) {
  if (!app.troubles.empty()) {
    return "Trouble";
  }
  return app.up ? "Up" : "Not polled yet";
}

void add_table(std::string& out, const Status& status) {
  out += kTableHead;
  const auto& apps = status.apps;
  for (auto begin = apps.begin(); begin != apps.end();) {
    const std::string_view group = group_of(*begin);
    const auto end = std::find_if(begin, apps.end(),
                                  [group](const AppStatus& app) { return group_of(app) != group; });
    out += "<tbody>";
    if (begin != apps.begin() || end != apps.end()) {
      add(out,
          R"(<tr class="group"><th colspan="7" scope="rowgroup">{} <small>{}</small></th></tr>)",
          group, end - begin);
    }
    out += '\n';
    for (; begin != end; ++begin) {
      add_row(out, *begin);
    }
    out += "</tbody>\n";
  }
  out += "</table>\n";
}

}  // namespace

std::string render_status_page(const Status& status) {
  std::string out;
  out.reserve(16384 + status.apps.size() * 1500);
  add_head(out, status);
  out += "<body><div class=\"page\">\n";
  add_top(out, status);
  out += "<main>\n";
  if (!status.apps.empty()) {
    out += render_legend();
    add_table(out, status);
  }
  out +=
      "</main>\n<footer>Each app links to its series. The page loads itself anew every 30 s. "
      "docs/status-page.md tells what it shows, docs/metrics.md what the series "
      "mean.</footer>\n</div></body>\n</html>\n";
  return out;
}

const std::string& status_page_policy() {
  static const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'",
      sha256_base64(status_stylesheet()));
  return policy;
}

}  // namespace everai::web
