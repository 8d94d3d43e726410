#include "workers/report.hpp"

#include <nlohmann/json.hpp>

namespace everai::workers {
namespace {

using Json = nlohmann::ordered_json;

std::string_view answer_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotSent:
      return "none";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kAccepted:
      return "accepted";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "";
}

Json asked_of(const Report& report) {
  Json asked = Json::object();
  if (report.to) {
    asked["to"] = *report.to;
  }
  if (report.count) {
    asked["count"] = *report.count;
  }
  if (!report.asked_ids.empty()) {
    asked["workerIds"] = report.asked_ids;
  }
  return asked;
}

Json seen_of(const Progress& seen) {
  Json workers = Json::array();
  for (const SeenWorker& worker : seen.workers) {
    workers.push_back(Json{{"id", worker.id}, {"state", worker.state}});
  }
  return Json{{"wanted", seen.wanted},
              {"done", seen.done},
              {"failed", seen.failed},
              {"workers", std::move(workers)}};
}

}  // namespace

std::string render_report(const Report& report) {
  Json json;
  json["command"] = report.command;
  json["namespace"] = report.app.app_namespace;
  json["name"] = report.app.name;
  json["asked"] = asked_of(report);
  json["dryRun"] = report.dry_run;
  json["sent"] = report.outcome != Outcome::kNotSent;
  json["answer"] = answer_of(report.outcome);
  json["workerIds"] = report.new_ids;
  json["seen"] = report.seen ? seen_of(*report.seen) : Json();
  json["message"] = report.message.empty() ? Json() : Json(report.message);
  json["exitCode"] = static_cast<int>(report.code);
  constexpr int kIndent = 2;
  constexpr bool kAscii = true;
  // Ids come from the command line too.
  return json.dump(kIndent, ' ', kAscii, Json::error_handler_t::replace) + '\n';
}

}  // namespace everai::workers
