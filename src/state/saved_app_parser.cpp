#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "state/saved_state.hpp"
#include "state/saved_state_format.hpp"

namespace everai::state {
namespace {

using nlohmann::json;

/// No value of ours nests deeper: object, counters, list, entry, its list.
constexpr int kMaxDepth = 5;

/// How far back the names of an app stand in its record.
constexpr std::size_t kMaxNamesBytes = 4096;

/// What the first version did not save of a worker that was forgotten: it remembered each for this
/// long, as the history of its default settings reached back, give or take the tolerance.
constexpr std::chrono::seconds kVersion1Memory = std::chrono::hours{48} - std::chrono::seconds{30};

/// Parses one text. @return nothing if it is no JSON. Values that nest deeper than ours are
/// dropped.
std::optional<json> parse_json(std::string_view text) {
  json value = json::parse(
      text.begin(), text.end(),
      [](int depth, json::parse_event_t, const json&) { return depth <= kMaxDepth; },
      /*allow_exceptions=*/false);
  return value.is_discarded() ? std::nullopt : std::optional(std::move(value));
}

/// Takes values out of JSON. The first one that is not as it must be is the problem; it reads as
/// empty, and so does what is missing because of it.
class Reader {
 public:
  [[nodiscard]] const std::string& problem() const { return problem_; }

  void refuse(std::string reason) {
    if (problem_.empty()) {
      problem_ = std::move(reason);
    }
  }

  const json& member(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end()) {
      refuse(fmt::format("there is no '{}'", key));
      return nothing_;
    }
    return *found;
  }

  /// The elements of a list.
  const json& list(const json& value) {
    if (!value.is_array()) {
      refuse("something is no list");
      return no_elements_;
    }
    return value;
  }

  /// The elements of a list of a fixed size, in turn.
  class Row {
   public:
    Row(const json& list, const json& nothing) : list_(list), nothing_(nothing) {}
    const json& next() { return taken_ < list_.size() ? list_[taken_++] : nothing_; }

   private:
    const json& list_;
    const json& nothing_;
    std::size_t taken_ = 0;
  };
  Row row(const json& value, std::size_t size) {
    const json& elements = list(value);
    if (elements.size() != size) {
      refuse(fmt::format("a list has {} elements and not {}", elements.size(), size));
    }
    return {elements, nothing_};
  }

  std::string text(const json& value) {
    if (value.is_object()) {
      return bytes(member(value, "hex"));
    }
    if (!value.is_string()) {
      refuse("something is no text");
      return {};
    }
    return value.get<std::string>();
  }

  std::uint64_t count(const json& value,
                      std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
      refuse(fmt::format("something is no whole number from 0 to {}", most));
      return 0;
    }
    return value.get<std::uint64_t>();
  }

  double number(const json& value) {
    using Limits = std::numeric_limits<double>;
    if (value == "nan") {
      return Limits::quiet_NaN();
    }
    if (value == "inf" || value == "-inf") {
      return value == "inf" ? Limits::infinity() : -Limits::infinity();
    }
    if (!value.is_number()) {
      refuse("something is no number");
      return 0;
    }
    return value.get<double>();
  }

  Timestamp time(const json& value) {
    // A number above the greatest int64_t is unsigned, and reads as a negative one.
    const auto micros = value.is_number_integer() ? value.get<std::int64_t>() : kNoTime;
    constexpr std::int64_t kLimit = kTimeLimit.time_since_epoch().count();
    if (micros <= -kLimit || micros >= kLimit || (micros < 0 && value.is_number_unsigned())) {
      refuse("something is no time");
      return {};
    }
    return Timestamp{std::chrono::microseconds{micros}};
  }

  std::chrono::microseconds duration(const json& value) { return time(value).time_since_epoch(); }

  std::optional<Timestamp> maybe_time(const json& value) {
    return value.is_null() ? std::nullopt : std::optional(time(value));
  }

 private:
  std::string bytes(const json& digits) {
    std::string bytes;
    const std::string hex = digits.is_string() ? digits.get<std::string>() : "?";
    for (std::size_t at = 0; at < hex.size(); at += 2) {
      unsigned char byte = 0;
      const char* const last = hex.data() + std::min(at + 2, hex.size());
      if (std::from_chars(hex.data() + at, last, byte, 16).ptr != hex.data() + at + 2) {
        refuse("something is no text");
        return {};
      }
      bytes += static_cast<char>(byte);
    }
    return bytes;
  }

  static constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

  const json nothing_;
  const json no_elements_ = json::array();
  std::string problem_;
};

template <std::size_t kSize>
std::array<double, kSize> read_seconds(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, kSize);
  std::array<double, kSize> seconds{};
  for (double& each : seconds) {
    each = reader.number(row.next());
  }
  return seconds;
}

GpuSeconds read_gpu_seconds(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, 2);
  GpuSeconds seconds;
  seconds.model = reader.text(row.next());
  seconds.by_state = read_seconds<kWorkerStateCount>(reader, row.next());
  return seconds;
}

RevisionCounters read_revision(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, 4);
  RevisionCounters counters;
  counters.revision = reader.text(row.next());
  counters.requests = reader.count(row.next());
  counters.failed = reader.count(row.next());
  counters.last_present = reader.time(row.next());
  return counters;
}

template <typename SomeHistogram>
SomeHistogram read_histogram(Reader& reader, const json& value) {
  SomeHistogram histogram;
  Reader::Row row = reader.row(reader.member(value, "counts"), histogram.counts.size());
  for (std::uint64_t& count : histogram.counts) {
    count = reader.count(row.next());
  }
  histogram.sum = reader.number(reader.member(value, "sum"));
  return histogram;
}

std::uint8_t read_polls(Reader& reader, const json& value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint8_t>::max();
  return static_cast<std::uint8_t>(reader.count(value, kMost));
}

/// @param flags  as a number.
void set_flags(WorkerMemory& worker, std::uint64_t flags) {
  for (std::size_t bit = 0; bit < kSavedFlags.size(); ++bit) {
    worker.*kSavedFlags[bit] = (flags >> bit & 1U) != 0;
  }
}

std::uint64_t read_flags(Reader& reader, const json& value) {
  return reader.count(value, (1U << kSavedFlags.size()) - 1);
}

WorkerMemory read_worker(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, 14);
  WorkerMemory worker;
  worker.id = reader.text(row.next());
  worker.success = reader.count(row.next());
  worker.failed = reader.count(row.next());
  worker.created_at = reader.maybe_time(row.next());
  worker.launch_at = reader.maybe_time(row.next());
  worker.latest_launch = reader.maybe_time(row.next());
  worker.last_serve_at = reader.maybe_time(row.next());
  worker.last_seen = reader.time(row.next());
  worker.lower_success = reader.count(row.next());
  worker.lower_failed = reader.count(row.next());
  worker.stale_polls = read_polls(reader, row.next());
  worker.lower_polls = read_polls(reader, row.next());
  worker.missing_polls = read_polls(reader, row.next());
  set_flags(worker, read_flags(reader, row.next()));
  return worker;
}

WorkerMemory read_worker_of_version_1(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, 8);
  WorkerMemory worker;
  worker.id = reader.text(row.next());
  worker.success = reader.count(row.next());
  worker.failed = reader.count(row.next());
  worker.launch_at = reader.maybe_time(row.next());
  worker.latest_launch = worker.launch_at;
  worker.last_seen = reader.time(row.next());
  worker.last_serve_at = reader.maybe_time(row.next());
  // How often a reset was seen: the counts that it showed first were not saved.
  static_cast<void>(read_polls(reader, row.next()));
  set_flags(worker, read_flags(reader, row.next()));
  return worker;
}

/// Reads a list whose elements must ascend by `key`, each once.
template <typename Element, typename Key>
std::vector<Element> read_sorted(Reader& reader, const json& value,
                                 Element (*read)(Reader&, const json&), Key Element::*key) {
  const json& list = reader.list(value);
  std::vector<Element> elements;
  elements.reserve(list.size());
  for (const json& each : list) {
    elements.push_back(read(reader, each));
    if (elements.size() > 1 && !(elements[elements.size() - 2].*key < elements.back().*key)) {
      reader.refuse("a list is not sorted");
    }
  }
  return elements;
}

AppCounters read_counters(Reader& reader, const json& value) {
  const auto member = [&reader, &value](const char* key) -> const json& {
    return reader.member(value, key);
  };
  AppCounters counters;
  counters.requests = reader.count(member("requests"));
  counters.failed = reader.count(member("failed"));
  counters.regressions = reader.count(member("regressions"));
  counters.created = reader.count(member("created"));
  counters.deleted = reader.count(member("deleted"));
  counters.replaced = reader.count(member("replaced"));
  counters.never_served = reader.count(member("never_served"));
  counters.worker_errors = reader.count(member("worker_errors"));
  counters.worker_seconds = read_seconds<kWorkerStateCount>(reader, member("worker_seconds"));
  counters.gpu_seconds =
      read_sorted(reader, member("gpu_seconds"), read_gpu_seconds, &GpuSeconds::model);
  counters.revisions =
      read_sorted(reader, member("revisions"), read_revision, &RevisionCounters::revision);
  counters.other_revisions = read_revision(reader, member("other_revisions"));
  counters.launch_duration = read_histogram<StartHistogram>(reader, member("launch_duration"));
  counters.ready_duration = read_histogram<StartHistogram>(reader, member("ready_duration"));
  counters.lifetime = read_histogram<LifetimeHistogram>(reader, member("lifetime"));
  counters.last_served = reader.maybe_time(member("last_served"));
  counters.last_worker_error = reader.maybe_time(member("last_worker_error"));
  return counters;
}

void read_names(Reader& reader, const json& line, api::AppRef& app) {
  app.app_namespace = reader.text(reader.member(line, "namespace"));
  app.name = reader.text(reader.member(line, "app"));
}

AppMemory read_memory(Reader& reader, const json& line, std::uint64_t version) {
  const bool first = version == 1;
  AppMemory memory;
  memory.watch_began = reader.maybe_time(reader.member(line, "watch_began"));
  memory.last_poll = reader.time(reader.member(line, "last_poll"));
  if (!first) {
    memory.watched = reader.duration(reader.member(line, "watched"));
    memory.forgotten_until = reader.maybe_time(reader.member(line, "forgotten_until"));
  } else if (memory.watch_began) {
    memory.forgotten_until = memory.last_poll - kVersion1Memory;
    memory.watched = memory.last_poll - *memory.watch_began;
  }
  memory.app_id = reader.text(reader.member(line, "app_id"));
  memory.queue_name = reader.text(reader.member(line, "queue_name"));
  memory.counters = read_counters(reader, reader.member(line, "counters"));
  memory.workers = read_sorted(reader, reader.member(line, "workers"),
                               first ? read_worker_of_version_1 : read_worker, &WorkerMemory::id);
  return memory;
}

SavedApp read_app(Reader& reader, const json& line, std::uint64_t version) {
  SavedApp saved;
  if (version > 1) {
    saved.key.endpoint = reader.text(reader.member(line, "endpoint"));
  }
  read_names(reader, line, saved.key.app);
  // It is in the file alone.
  if (line.contains("unconfigured_seconds")) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    saved.unconfigured = std::chrono::seconds{reader.count(line["unconfigured_seconds"], kMost)};
  }
  saved.memory = read_memory(reader, line, version);
  return saved;
}

DeviceErrors read_device_errors(Reader& reader, const json& line) {
  const json& list = reader.list(reader.member(line, "devices"));
  if (list.size() > kMaxDevices) {
    reader.refuse(fmt::format("there are more than {} devices", kMaxDevices));
  }
  DeviceErrors errors;
  std::set<std::string> ids;
  for (const json& each : list) {
    Reader::Row row = reader.row(each, 2);
    const std::string id = reader.text(row.next());
    errors.devices.push_back({id, reader.count(row.next())});
    if (!ids.insert(id).second) {
      reader.refuse("a device is there twice");
    }
  }
  errors.other = reader.count(reader.member(line, "other_devices"));
  return errors;
}

/// Parses a text, and reads it with a function of a reader and JSON.
template <typename Read>
auto parse_with(std::string_view text, Read read)
    -> Result<decltype(read(std::declval<Reader&>(), std::declval<const json&>()))> {
  const std::optional<json> value = parse_json(text);
  if (!value) {
    return fail(ErrorCode::kPayload, "it is no JSON");
  }
  Reader reader;
  auto result = read(reader, *value);
  if (!reader.problem().empty()) {
    return fail(ErrorCode::kPayload, reader.problem());
  }
  return result;
}

}  // namespace

Result<SavedApp> parse_saved_app(std::string_view text) {
  return parse_saved_app(text, kSavedStateVersion);
}

Result<SavedApp> parse_saved_app(std::string_view text, std::uint64_t version) {
  return parse_with(text, [version](Reader& reader, const json& value) {
    return read_app(reader, value, version);
  });
}

Result<DeviceErrors> parse_saved_devices(std::string_view text) {
  return parse_with(text, read_device_errors);
}

std::optional<api::AppRef> find_saved_app(std::string_view line) {
  const std::string_view begin = line.substr(0, kMaxNamesBytes);
  const std::size_t names = begin.find("\"namespace\":");
  const std::size_t end = begin.find(",\"watch_began\"", names);
  if (names == std::string_view::npos || end == std::string_view::npos) {
    return std::nullopt;
  }
  const auto app = parse_with(fmt::format("{{{}}}", begin.substr(names, end - names)),
                              [](Reader& reader, const json& value) {
                                api::AppRef found;
                                read_names(reader, value, found);
                                return found;
                              });
  return app ? std::optional(*app) : std::nullopt;
}

}  // namespace everai::state
