#include "oracle/listing_oracle.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

#include "api/listing.hpp"
#include "api/listing_fields.hpp"
#include "util/text.hpp"

namespace everai::oracle {
namespace {

using Json = nlohmann::json;

/// A value of a wrong type.
struct WrongType : std::runtime_error {
  WrongType() : std::runtime_error("wrong type") {}
};

/// Stands for half a surrogate pair, which nlohmann's parser does not take though JSON's grammar
/// does. No body of the tests has this character.
constexpr std::string_view kStandIn = "\xEF\xB7\x90";  // U+FDD0
/// Stands for a number that no double holds: no field takes it either.
constexpr std::string_view kHugeNumber = "1e308";
constexpr std::string_view kHugeNegativeNumber = "-1e308";

bool stands_in(const std::string& text) {
  return text.find(kStandIn) != std::string::npos;
}

/// A worker with texts of its own.
struct OwnWorker {
  api::Worker values;  ///< its texts are not used
  std::map<std::string, std::string> texts;
  std::vector<std::pair<std::string, std::string>> unknown_enums;
  std::vector<std::string> unreadable;
};

/// Why a worker is left out.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
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
  if (!value.is_string() || stands_in(value.get<std::string>())) {
    throw WrongType();
  }
  return value.get<std::string>();
}

/// The front of a text that a label takes.
std::string cut_to(std::string text, std::size_t limit) {
  if (text.size() > limit) {
    while ((static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) {
      --limit;
    }
    text.resize(limit);
  }
  return text;
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
  return cut_to(value.get<std::string>(), 64);
}

api::WorkerStatus status_of(const Json& value) {
  if (value.is_null()) {
    return api::WorkerStatus::kUnspecified;
  }
  return value.is_string() ? api::worker_status_from_name(text_of(value))
                           : api::worker_status_from_number(enum_number_of(value));
}

api::DetailStatus detail_status_of(const Json& value) {
  if (value.is_null()) {
    return api::DetailStatus::kUnspecified;
  }
  return value.is_string() ? api::detail_status_from_name(text_of(value))
                           : api::detail_status_from_number(enum_number_of(value));
}

constexpr const char* kTextFields[] = {"deviceId", "GPUName",     "gpuModel",
                                       "appId",    "appRevision", "replaceWorkerId"};

/// The value that `read` gives of a field that no worker can do without.
template <typename Read>
auto need(const Json& object, const char* name, Read read) {
  try {
    return read(field(object, name));
  } catch (const WrongType&) {
    throw Skipped(fmt::format("field {} has a wrong type", name));
  }
}

/// Puts a value into a place; where its type is wrong, notes the field and puts `otherwise`.
template <typename T, typename Read>
void read_into(T& place, const Json& object, const char* name, Read read,
               std::vector<std::string>& unreadable, T otherwise = T()) {
  try {
    place = read(field(object, name));
  } catch (const WrongType&) {
    place = otherwise;
    unreadable.emplace_back(name);
  }
}

OwnWorker worker_of(const Json& element) {
  if (!element.is_object()) {
    throw Skipped("not an object");
  }
  OwnWorker worker;
  api::Worker& values = worker.values;
  worker.texts["id"] = need(element, "id", text_of);
  values.status = need(element, "status", status_of);
  values.success_count = need(element, "successCount", count_of);
  values.failed_count = need(element, "failedCount", count_of);
  if (worker.texts["id"].empty()) {
    throw Skipped("no id");
  }
  if (worker.texts["id"].size() > 256) {
    throw Skipped("an id of more than 256 bytes");
  }
  for (const char* name : kTextFields) {
    read_into(
        worker.texts[name], element, name,
        [](const Json& value) { return cut_to(text_of(value), 256); }, worker.unreadable);
  }
  if (values.status == api::WorkerStatus::kUnknown) {
    worker.unknown_enums.emplace_back("status", enum_text_of(field(element, "status")));
  }
  const std::size_t readable = worker.unreadable.size();
  read_into(values.detail_status, element, "detailStatus", detail_status_of, worker.unreadable,
            api::DetailStatus::kUnknown);
  if (values.detail_status == api::DetailStatus::kUnknown && readable == worker.unreadable.size()) {
    worker.unknown_enums.emplace_back("detailStatus", enum_text_of(field(element, "detailStatus")));
  }
  read_into(values.created_at, element, "createdAt", time_of, worker.unreadable);
  read_into(values.deleted_at, element, "deletedAt", time_of, worker.unreadable);
  read_into(values.launch_at, element, "launchAt", time_of, worker.unreadable);
  read_into(values.last_serve_at, element, "lastServeAt", time_of, worker.unreadable);
  read_into(values.session_number, element, "sessionNumber", count_of, worker.unreadable);
  read_into(values.cpus, element, "CPUs", count_of, worker.unreadable);
  read_into(values.memory_mib, element, "memory", count_of, worker.unreadable);
  read_into(values.gpus, element, "GPUs", count_of, worker.unreadable);
  read_into(values.gpu_num, element, "gpuNum", count_of, worker.unreadable);
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

/// What becomes of the elements of `workers`; null has none.
struct Workers {
  std::vector<OwnWorker> kept;
  std::size_t skipped = 0;
  std::string skip_reason;
};

Workers workers_of(const Json& array) {
  Workers workers;
  for (const Json& element : array) {
    try {
      workers.kept.push_back(worker_of(element));
    } catch (const Skipped& skipped) {
      ++workers.skipped;
      workers.skip_reason = workers.skipped == 1 ? skipped.what() : workers.skip_reason;
    }
  }
  return workers;
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

/// How many bytes the digits at a place are.
std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') {
    ++end;
  }
  return end - at;
}

/// How many bytes the number at a place has by JSON's grammar; 0 if it is none.
std::size_t number_at(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  const auto at_is = [&](std::string_view any) {
    return at < text.size() && any.find(text[at]) != std::string_view::npos;
  };
  at += at_is("-") ? 1U : 0U;
  const std::size_t whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && at_is("0"))) {
    return 0;
  }
  at += whole;
  if (at_is(".")) {
    const std::size_t fraction = digits_at(text, at + 1);
    at += fraction == 0 ? 0 : 1 + fraction;
  }
  if (at_is("eE")) {
    const std::size_t before = at++;
    at += at_is("+-") ? 1U : 0U;
    const std::size_t exponent = digits_at(text, at);
    at = exponent == 0 ? before : at + exponent;
  }
  return at - begin;
}

/// The unit of UTF-16 that an escape such as `\ud83d` at a place stands for; nothing: it is none.
std::optional<unsigned> unit_at(std::string_view text, std::size_t at) {
  const std::string_view escape = text.substr(std::min(at, text.size()), 6);
  const bool coded =
      escape.size() == 6 && escape.starts_with("\\u") &&
      escape.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  return coded ? std::optional(
                     static_cast<unsigned>(std::stoul(std::string(escape.substr(2)), nullptr, 16)))
               : std::nullopt;
}

/// The body with what stands in where nlohmann's parser needs it.
std::string with_stand_ins(std::string_view body) {
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < body.size();) {
    std::size_t bytes = 1;
    std::string_view instead = body.substr(at, 1);
    if (in_string && body[at] == '\\') {
      const auto unit = unit_at(body, at);
      const bool high = unit && *unit >= 0xD800 && *unit <= 0xDBFF;
      const auto next = high ? unit_at(body, at + 6) : std::nullopt;
      const bool pair = next && *next >= 0xDC00 && *next <= 0xDFFF;
      const bool lone = !pair && unit && *unit >= 0xD800 && *unit <= 0xDFFF;
      bytes = pair ? 12 : unit ? 6 : 2;
      instead = lone ? kStandIn : body.substr(at, bytes);
    } else if (body[at] == '"') {
      in_string = !in_string;
    } else if (!in_string && (body[at] == '-' || digits_at(body, at) > 0)) {
      bytes = std::max<std::size_t>(number_at(body, at), 1);
      const std::string number(body.substr(at, bytes));
      const bool huge = std::isinf(std::strtod(number.c_str(), nullptr));
      const std::string_view stand_in = number[0] == '-' ? kHugeNegativeNumber : kHugeNumber;
      instead = huge ? stand_in : body.substr(at, bytes);
    }
    out += instead;
    at += bytes;
  }
  return out;
}

/// Parses as the standard has it; the last value of a name given twice stays.
std::optional<Json> parse_strictly(std::string_view body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  body.remove_prefix(body.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  // nlohmann passes over a byte order mark and takes a NUL for the end.
  if (body.starts_with(kByteOrderMark) || body.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  constexpr bool kThrow = false;
  Json json = Json::parse(with_stand_ins(body), nullptr, kThrow);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

/// Whether a field of an error says something.
bool says_something(const Json& object, const char* name) {
  const Json& value = field(object, name);
  return !(value.is_null() || value == false || value == "" || value == "0" ||
           (value.is_number() && value == 0) || (value.is_structured() && value.empty()));
}

constexpr const char* kAppFields[] = {
    "workers",   "queueSize", "queueName", "lastScaleUpTime", "lastScaleDownDeleteTime",
    "maxWorkers"};

bool is_listing(const Json& json) {
  const bool is_error = says_something(json, "code") || says_something(json, "message") ||
                        says_something(json, "error");
  const bool has_field = std::any_of(std::begin(kAppFields), std::end(kAppFields),
                                     [&json](const char* name) { return json.contains(name); });
  return !is_error && (json.empty() || has_field);
}

/// Counts the fields by name, in the order of the parser's table.
void add_unreadable(api::Listing& listing, const std::vector<std::string>& names) {
  for (const api::Field known : api::kOptionalFields) {
    const std::string_view name = api::name_of(known);
    if (const auto count = std::count(names.begin(), names.end(), name); count > 0) {
      listing.unreadable_fields.push_back({name, static_cast<std::uint64_t>(count)});
    }
  }
}

}  // namespace

std::optional<api::Listing> parse_listing(std::string_view body) {
  const auto json = parse_strictly(body);
  if (!json || !json->is_object() || !is_listing(*json)) {
    return std::nullopt;
  }
  const Json& array = field(*json, "workers");
  if (!array.is_array() && !array.is_null()) {
    return std::nullopt;
  }
  Workers workers = workers_of(array);
  if (workers.kept.size() > api::kMaxListedWorkers ||
      (workers.kept.empty() && workers.skipped > 0)) {
    return std::nullopt;
  }
  std::vector<std::string> unreadable;
  for (const OwnWorker& worker : workers.kept) {
    unreadable.insert(unreadable.end(), worker.unreadable.begin(), worker.unreadable.end());
  }
  api::Listing listing;
  Texts texts(listing, body.size() * 2 + 1);
  add_workers(listing, texts, workers.kept);
  listing.skipped = workers.skipped;
  listing.skip_reason = workers.skip_reason;

  using Count = std::optional<std::uint64_t>;
  const auto count = [](const Json& value) { return Count(count_of(value)); };
  read_into(listing.queue_size, *json, "queueSize", count, unreadable);
  if (!field(*json, "maxWorkers").is_null()) {
    read_into(listing.max_workers, *json, "maxWorkers", count, unreadable);
  }
  std::string queue_name;
  read_into(queue_name, *json, "queueName", text_of, unreadable);
  listing.queue_name = texts.add(cut_to(queue_name, 256));
  read_into(listing.last_scale_up, *json, "lastScaleUpTime", time_of, unreadable);
  read_into(listing.last_scale_down_delete, *json, "lastScaleDownDeleteTime", time_of, unreadable);
  add_unreadable(listing, unreadable);
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
  for (const api::UnreadableField& unreadable : listing->unreadable_fields) {
    out += fmt::format("unreadable {} {}\n", unreadable.field, unreadable.count);
  }
  return out + fmt::format("queue={} name={} up={} down={} max={} skipped={} for {}\n",
                           show(listing->queue_size), show(listing->queue_name),
                           show(listing->last_scale_up), show(listing->last_scale_down_delete),
                           show(listing->max_workers), listing->skipped, listing->skip_reason);
}

}  // namespace everai::oracle
