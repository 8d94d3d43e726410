#include "oracle/listing_oracle.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include "api/listing.hpp"
#include "util/text.hpp"

namespace everai::oracle {
namespace {

using Json = nlohmann::json;

/// A value of a wrong type.
struct WrongType : std::runtime_error {
  WrongType() : std::runtime_error("wrong type") {}
};

/// A worker with texts of its own.
struct OwnWorker {
  api::Worker values;  ///< its texts are not used
  std::map<std::string, std::string> texts;
  std::vector<std::pair<std::string, std::string>> unknown_enums;
};

const Json& field(const Json& object, const char* name) {
  static const Json kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string text_of(const Json& value) {
  if (value.is_null()) {
    return "";
  }
  if (!value.is_string()) {
    throw WrongType();
  }
  return value.get<std::string>();
}

std::optional<Timestamp> time_of(const Json& value) {
  return parse_rfc3339(text_of(value));
}

std::uint64_t count_of(const Json& value) {
  constexpr std::uint64_t kLargest = 9223372036854775807U;
  if (value.is_null()) {
    return 0;
  }
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= kLargest) {
    return value.get<std::uint64_t>();
  }
  if (value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() >= 0) {
    return value.get<std::uint64_t>();
  }
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (number >= 0 && number < 0x1p63 && number == std::floor(number)) {
      return static_cast<std::uint64_t>(number);
    }
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const auto zeros = std::min(text.find_first_not_of('0'), text.size());
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (digits && text.size() - zeros <= 19 && std::stoull("0" + text.substr(zeros)) <= kLargest) {
      return std::stoull(text);
    }
  }
  throw WrongType();
}

std::int32_t enum_number_of(const Json& value) {
  if (value.is_number()) {
    const double number = value.get<double>();
    if (number >= -2147483648.0 && number <= 2147483647.0 && number == std::floor(number)) {
      return static_cast<std::int32_t>(number);
    }
  }
  throw WrongType();
}

std::string enum_text_of(const Json& value) {
  if (!value.is_string()) {
    return std::to_string(enum_number_of(value));
  }
  auto text = value.get<std::string>();
  if (text.size() > 64) {
    std::size_t end = 64;
    while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text.resize(end);
  }
  return text;
}

api::WorkerStatus status_of(const Json& value) {
  if (value.is_null()) {
    return api::WorkerStatus::kUnspecified;
  }
  return value.is_string() ? api::worker_status_from_name(value.get<std::string>())
                           : api::worker_status_from_number(enum_number_of(value));
}

api::DetailStatus detail_status_of(const Json& value) {
  if (value.is_null()) {
    return api::DetailStatus::kUnspecified;
  }
  return value.is_string() ? api::detail_status_from_name(value.get<std::string>())
                           : api::detail_status_from_number(enum_number_of(value));
}

constexpr const char* kTextFields[] = {"id",    "deviceId",    "GPUName",        "gpuModel",
                                       "appId", "appRevision", "replaceWorkerId"};

OwnWorker worker_of(const Json& element) {
  if (!element.is_object()) {
    throw WrongType();
  }
  OwnWorker worker;
  for (const char* name : kTextFields) {
    worker.texts[name] = text_of(field(element, name));
  }
  if (worker.texts["id"].empty()) {
    throw WrongType();
  }
  api::Worker& values = worker.values;
  values.status = status_of(field(element, "status"));
  if (values.status == api::WorkerStatus::kUnknown) {
    worker.unknown_enums.emplace_back("status", enum_text_of(field(element, "status")));
  }
  values.detail_status = detail_status_of(field(element, "detailStatus"));
  if (values.detail_status == api::DetailStatus::kUnknown) {
    worker.unknown_enums.emplace_back("detailStatus", enum_text_of(field(element, "detailStatus")));
  }
  values.created_at = time_of(field(element, "createdAt"));
  values.deleted_at = time_of(field(element, "deletedAt"));
  values.launch_at = time_of(field(element, "launchAt"));
  values.last_serve_at = time_of(field(element, "lastServeAt"));
  values.success_count = count_of(field(element, "successCount"));
  values.failed_count = count_of(field(element, "failedCount"));
  values.session_number = count_of(field(element, "sessionNumber"));
  values.cpus = count_of(field(element, "CPUs"));
  values.memory_mib = count_of(field(element, "memory"));
  values.gpus = count_of(field(element, "GPUs"));
  values.gpu_num = count_of(field(element, "gpuNum"));
  return worker;
}

/// Gives texts to a listing for good.
class Texts {
 public:
  explicit Texts(api::Listing& listing, std::size_t bytes) {
    listing.text = std::make_unique<char[]>(bytes);
    end_ = listing.text.get();
  }
  std::string_view add(const std::string& text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
    return {end_ - text.size(), text.size()};
  }

 private:
  char* end_;
};

/// The workers that are kept, and how many are not.
std::pair<std::vector<OwnWorker>, std::size_t> workers_of(const Json& array) {
  std::vector<OwnWorker> workers;
  std::size_t skipped = 0;
  for (const Json& element : array) {
    try {
      workers.push_back(worker_of(element));
    } catch (const WrongType&) {
      ++skipped;
    }
  }
  return {std::move(workers), skipped};
}

void add_workers(api::Listing& listing, Texts& texts, std::vector<OwnWorker>& workers) {
  std::map<std::string, std::size_t> last_record;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    last_record[workers[i].texts["id"]] = i;
  }
  std::map<std::string, bool> seen;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const std::string& id = workers[i].texts["id"];
    if (last_record[id] == i) {
      for (const auto& [name, value] : workers[i].unknown_enums) {
        listing.unknown_enum_values.push_back(
            {name == "status" ? "status" : "detailStatus", texts.add(value)});
      }
    }
    if (!seen.emplace(id, true).second) {
      continue;
    }
    OwnWorker& last = workers[last_record[id]];
    api::Worker worker = last.values;
    worker.id = texts.add(last.texts["id"]);
    worker.device_id = texts.add(last.texts["deviceId"]);
    worker.gpu_name = texts.add(last.texts["GPUName"]);
    worker.gpu_model = texts.add(last.texts["gpuModel"]);
    worker.app_id = texts.add(last.texts["appId"]);
    worker.app_revision = texts.add(last.texts["appRevision"]);
    worker.replace_worker_id = texts.add(last.texts["replaceWorkerId"]);
    listing.workers.push_back(worker);
  }
}

/// The value that `read` gives, or `otherwise` for a wrong type.
template <typename Read, typename T>
T read_or(Read read, T otherwise) {
  try {
    return read();
  } catch (const WrongType&) {
    return otherwise;
  }
}

/// Parses as the standard has it; the last value of a name given twice stays.
std::optional<Json> parse_strictly(std::string_view body) {
  // nlohmann passes over a byte order mark and takes a NUL for the end.
  if (body.starts_with("\xEF\xBB\xBF") || body.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const auto limit = [](int depth, Json::parse_event_t event, Json& /*parsed*/) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && depth >= static_cast<int>(api::kMaxNesting)) {
      throw std::length_error("nested too deep");
    }
    return true;
  };
  try {
    return Json::parse(body, limit);
  } catch (const std::length_error&) {
    return std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<api::Listing> parse_listing(std::string_view body) {
  const auto json = parse_strictly(body);
  if (!json || !json->is_object()) {
    return std::nullopt;
  }
  const Json& array = field(*json, "workers");
  if (!array.is_array() && !array.is_null()) {
    return std::nullopt;
  }
  auto [workers, skipped] = workers_of(array.is_null() ? Json::array() : array);
  if (workers.size() > api::kMaxListedWorkers) {
    return std::nullopt;
  }
  api::Listing listing;
  Texts texts(listing, body.size() * 2 + 1);
  add_workers(listing, texts, workers);
  listing.skipped = skipped;

  const auto app = [&json](const char* name) -> const Json& { return field(*json, name); };
  using Count = std::optional<std::uint64_t>;
  using Time = std::optional<Timestamp>;
  listing.queue_size = read_or([&] { return Count(count_of(app("queueSize"))); }, Count());
  if (!app("maxWorkers").is_null()) {
    listing.max_workers = read_or([&] { return Count(count_of(app("maxWorkers"))); }, Count());
  }
  listing.queue_name = texts.add(read_or([&] { return text_of(app("queueName")); }, std::string()));
  listing.last_scale_up = read_or([&] { return time_of(app("lastScaleUpTime")); }, Time());
  listing.last_scale_down_delete =
      read_or([&] { return time_of(app("lastScaleDownDeleteTime")); }, Time());
  return listing;
}

namespace {

std::string show(const std::optional<Timestamp>& time) {
  return time ? std::to_string(time->time_since_epoch().count()) : "none";
}

std::string show(const std::optional<std::uint64_t>& count) {
  return count ? std::to_string(*count) : "none";
}

/// A text with everything but printable ASCII escaped, so that no two texts look alike.
std::string show(std::string_view text) {
  std::string out = "'";
  for (const char byte : text) {
    const bool plain = byte >= ' ' && byte <= '~' && byte != '\\' && byte != '\'';
    out += plain
               ? std::string(1, byte)
               : fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(byte)));
  }
  return out + "'";
}

std::string show(const api::Worker& w) {
  return fmt::format(
      "worker id={} device={} status={} detail={} created={} deleted={} launch={} served={} "
      "success={} failed={} sessions={} cpus={} memory={} gpu_name={} gpus={} gpu_model={} "
      "gpu_num={} app={} revision={} replaces={}\n",
      show(w.id), show(w.device_id), to_string(w.status), to_string(w.detail_status),
      show(w.created_at), show(w.deleted_at), show(w.launch_at), show(w.last_serve_at),
      w.success_count, w.failed_count, w.session_number, w.cpus, w.memory_mib, show(w.gpu_name),
      w.gpus, show(w.gpu_model), w.gpu_num, show(w.app_id), show(w.app_revision),
      show(w.replace_worker_id));
}

}  // namespace

std::string describe(const std::optional<api::Listing>& listing) {
  if (!listing) {
    return "refused\n";
  }
  std::string out;
  for (const api::Worker& worker : listing->workers) {
    out += show(worker);
  }
  for (const api::UnknownEnumValue& unknown : listing->unknown_enum_values) {
    out += fmt::format("unknown {}={}\n", unknown.field, show(unknown.value));
  }
  return out + fmt::format("queue={} name={} up={} down={} max={} skipped={}\n",
                           show(listing->queue_size), show(listing->queue_name),
                           show(listing->last_scale_up), show(listing->last_scale_down_delete),
                           show(listing->max_workers), listing->skipped);
}

}  // namespace everai::oracle
