#include "workers/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "state/worker_state.hpp"
#include "util/text.hpp"
#include "util/time.hpp"
#include "workers/table.hpp"

namespace everai::workers {
namespace {

using Json = nlohmann::ordered_json;
using state::FleetWorker;

constexpr std::string_view kNothing = "-";
/// Of a host's UUID, in a table.
constexpr std::size_t kShortDevice = 8;

std::vector<const FleetWorker*> listed(const Look& look, bool all) {
  std::vector<const FleetWorker*> workers;
  for (const FleetWorker& worker : look.fleet.workers) {
    if (all || worker.present) {
      workers.push_back(&worker);
    }
  }
  std::stable_sort(workers.begin(), workers.end(), [](const auto* a, const auto* b) {
    return a->record.created_at < b->record.created_at;
  });
  return workers;
}

/// The platform's word, without what all its words begin with.
std::string_view short_word(std::string_view word, std::string_view prefix) {
  return word.starts_with(prefix) ? word.substr(prefix.size()) : word;
}

/// What stands in a cell: foreign text.
std::string cell(std::string_view text) {
  return text.empty() ? std::string(kNothing) : printable(text);
}

std::string age_of(const std::optional<Timestamp>& time, Timestamp now) {
  return time ? render_age(now - *time) : std::string(kNothing);
}

std::string gpus_cell(const api::Worker& record) {
  const std::uint64_t gpus = api::gpus_of(record);
  return gpus == 0 ? std::string(kNothing)
                   : fmt::format("{}x {}", gpus, cell(api::gpu_model_of(record)));
}

std::string_view state_of(const FleetWorker& worker) {
  return worker.present
             ? to_string(state::worker_state(worker.record.status, worker.record.detail_status))
             : kNothing;
}

std::vector<std::string> table_row(const FleetWorker& worker, Timestamp now) {
  const api::Worker& record = worker.record;
  return {cell(record.id),
          std::string(short_word(to_string(record.status), "STATUS_")),
          std::string(short_word(to_string(record.detail_status), "DETAIL_STATUS_")),
          age_of(record.created_at, now),
          std::to_string(record.success_count + record.failed_count),
          std::to_string(record.failed_count),
          gpus_cell(record),
          cell(record.device_id.substr(0, kShortDevice))};
}

std::vector<std::string> wide_row(const FleetWorker& worker, Timestamp now) {
  const api::Worker& record = worker.record;
  std::vector<std::string> row = table_row(worker, now);
  row.back() = cell(record.device_id);
  for (std::string& further : std::array{
           std::string(state_of(worker)), age_of(record.launch_at, now),
           age_of(record.last_serve_at, now), age_of(record.deleted_at, now),
           std::to_string(record.session_number), std::to_string(record.cpus),
           record.memory_mib == 0 ? std::string(kNothing) : fmt::format("{}Mi", record.memory_mib),
           cell(record.app_revision), cell(record.replace_worker_id)}) {
    row.push_back(std::move(further));
  }
  return row;
}

std::string render_rows(const std::vector<const FleetWorker*>& workers, Timestamp now, bool wide) {
  std::vector<std::vector<std::string>> rows{
      {"ID", "STATUS", "DETAIL", "AGE", "REQUESTS", "FAILED", "GPU", "DEVICE"}};
  if (wide) {
    for (const char* further : {"STATE", "LAUNCHED", "SERVED", "DELETED", "SESSIONS", "CPUS",
                                "MEMORY", "REVISION", "REPLACES"}) {
      rows.front().emplace_back(further);
    }
  }
  for (const FleetWorker* worker : workers) {
    rows.push_back(wide ? wide_row(*worker, now) : table_row(*worker, now));
  }
  return render_table(rows);
}

void add(Json& object, const char* key, const std::optional<Timestamp>& time) {
  if (time) {
    object[key] = render_rfc3339(*time);
  }
}

void add(Json& object, const char* key, std::string_view text) {
  if (!text.empty()) {
    object[key] = text;
  }
}

Json record_of(const FleetWorker& worker) {
  const api::Worker& record = worker.record;
  Json object;
  object["id"] = record.id;
  object["present"] = worker.present;
  if (worker.present) {
    object["state"] = state_of(worker);
  }
  object["status"] = to_string(record.status);
  object["detailStatus"] = to_string(record.detail_status);
  add(object, "deviceId", record.device_id);
  add(object, "createdAt", record.created_at);
  add(object, "launchAt", record.launch_at);
  add(object, "lastServeAt", record.last_serve_at);
  add(object, "deletedAt", record.deleted_at);
  object["successCount"] = record.success_count;
  object["failedCount"] = record.failed_count;
  object["sessionNumber"] = record.session_number;
  object["CPUs"] = record.cpus;
  object["memory"] = record.memory_mib;
  add(object, "gpuModel", api::gpu_model_of(record));
  object["gpuNum"] = api::gpus_of(record);
  add(object, "appId", record.app_id);
  add(object, "appRevision", record.app_revision);
  add(object, "replaceWorkerId", record.replace_worker_id);
  return object;
}

Json records_of(const api::AppRef& app, const Look& look,
                const std::vector<const FleetWorker*>& workers) {
  Json object;
  object["namespace"] = app.app_namespace;
  object["name"] = app.name;
  if (look.fleet.queue_size) {
    object["queueSize"] = *look.fleet.queue_size;
  }
  add(object, "queueName", look.fleet.queue_name);
  if (look.fleet.max_workers) {
    object["maxWorkers"] = *look.fleet.max_workers;
  }
  add(object, "lastScaleUpTime", look.fleet.last_scale_up);
  add(object, "lastScaleDownDeleteTime", look.fleet.last_scale_down_delete);
  object["complete"] = look.is_complete();
  object["unreadableWorkers"] = look.skipped();
  object["workers"] = Json::array();
  for (const FleetWorker* worker : workers) {
    object["workers"].push_back(record_of(*worker));
  }
  return object;
}

/// Every text is in quotes: an id of digits must not be read as a number.
void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, member] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) {
      out << YAML::Flow;
    }
    out << YAML::BeginSeq;
    for (const Json& member : value) {
      emit(out, member);
    }
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    out << YAML::DoubleQuoted << value.get<std::string>();
  } else if (value.is_boolean()) {
    out << value.get<bool>();
  } else {
    out << value.get<std::uint64_t>();
  }
}

std::string render_yaml(const Json& value) {
  YAML::Emitter out;
  out.SetOutputCharset(YAML::EscapeNonAscii);
  emit(out, value);
  return std::string(out.c_str(), out.size()) + '\n';
}

std::string render_json(const Json& value) {
  constexpr int kIndent = 2;
  constexpr bool kAscii = true;
  return value.dump(kIndent, ' ', kAscii) + '\n';
}

}  // namespace

Result<Output> parse_output(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Output>, 4> kOutputs{{{"table", Output::kTable},
                                                                         {"wide", Output::kWide},
                                                                         {"json", Output::kJson},
                                                                         {"yaml", Output::kYaml}}};
  for (const auto& [name, output] : kOutputs) {
    if (text == name) {
      return output;
    }
  }
  return fail(ErrorCode::kUsage,
              fmt::format("{} is no output, expected table, wide, json or yaml", show_value(text)));
}

std::string render_age(std::chrono::microseconds age) {
  struct Unit {
    std::chrono::seconds length;
    char name;
  };
  constexpr std::array<Unit, 4> kUnits{{{std::chrono::hours(24), 'd'},
                                        {std::chrono::hours(1), 'h'},
                                        {std::chrono::minutes(1), 'm'},
                                        {std::chrono::seconds(1), 's'}}};
  // The clocks of hosts differ: a worker can be from the future.
  auto rest = std::max(std::chrono::floor<std::chrono::seconds>(age), std::chrono::seconds(0));
  const auto* unit = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                  [rest](const Unit& each) { return rest >= each.length; });
  std::string text = fmt::format("{}{}", rest / unit->length, unit->name);
  rest %= unit->length;
  if (++unit != kUnits.end() && rest >= unit->length) {
    text += fmt::format("{}{}", rest / unit->length, unit->name);
  }
  return text;
}

std::string render_summary(const api::AppRef& app, const Look& look) {
  std::array<std::size_t, state::kWorkerStateCount> counts{};
  std::size_t present = 0;
  for (const FleetWorker& worker : look.fleet.workers) {
    if (worker.present) {
      ++present;
      ++counts.at(static_cast<std::size_t>(
          state::worker_state(worker.record.status, worker.record.detail_status)));
    }
  }
  std::string states;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) > 0) {
      states += fmt::format("{}{} {}", states.empty() ? " (" : ", ", counts.at(i),
                            to_string(static_cast<state::WorkerState>(i)));
    }
  }
  std::string text = fmt::format("{}: {} worker{}{}", printable(api::to_string(app)), present,
                                 present == 1 ? "" : "s", states.empty() ? "" : states + ")");
  if (look.fleet.max_workers) {
    text += fmt::format(", at most {}", *look.fleet.max_workers);
  }
  if (look.fleet.queue_size) {
    text += fmt::format(", queue {}", *look.fleet.queue_size);
  }
  return text;
}

std::string render_workers(const api::AppRef& app, const Look& look, bool all, Output output) {
  const std::vector<const FleetWorker*> workers = listed(look, all);
  switch (output) {
    case Output::kTable:
      return render_rows(workers, look.now, false);
    case Output::kWide:
      return render_rows(workers, look.now, true);
    case Output::kJson:
      return render_json(records_of(app, look, workers));
    case Output::kYaml:
      return render_yaml(records_of(app, look, workers));
  }
  return "";
}

}  // namespace everai::workers
