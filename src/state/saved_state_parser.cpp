#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
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

constexpr std::size_t kMaxHeaderBytes = 200;

/// No value of ours nests deeper: object, counters, list, entry, its list.
constexpr int kMaxDepth = 5;

constexpr std::int64_t kLimitMicros = kTimeLimit.time_since_epoch().count();

/// Parses one line. @return nothing if it is no JSON. Values that nest deeper than ours are
/// dropped.
std::optional<json> parse_line(std::string_view line) {
  json value = json::parse(
      line.begin(), line.end(),
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
    if (!value.is_number()) {
      refuse("something is no number");
      return 0;
    }
    return value.get<double>();
  }

  Timestamp time(const json& value) {
    // A number above the greatest int64_t is unsigned, and reads as a negative one.
    const auto micros = value.is_number_integer() ? value.get<std::int64_t>() : kNoTime;
    if (micros <= -kLimitMicros || micros >= kLimitMicros ||
        (micros < 0 && value.is_number_unsigned())) {
      refuse("something is no time");
      return {};
    }
    return Timestamp{std::chrono::microseconds{micros}};
  }

  std::optional<Timestamp> maybe_time(const json& value) {
    return value.is_null() ? std::nullopt : std::optional(time(value));
  }

 private:
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

WorkerMemory read_worker(Reader& reader, const json& value) {
  Reader::Row row = reader.row(value, 15);
  WorkerMemory worker;
  worker.id = reader.text(row.next());
  worker.success = reader.count(row.next());
  worker.failed = reader.count(row.next());
  worker.created_at = reader.maybe_time(row.next());
  worker.launch_at = reader.maybe_time(row.next());
  worker.latest_launch = reader.maybe_time(row.next());
  worker.last_serve_at = reader.maybe_time(row.next());
  worker.last_seen = reader.time(row.next());
  worker.marked_at = reader.time(row.next());
  worker.lower_success = reader.count(row.next());
  worker.lower_failed = reader.count(row.next());
  worker.stale_polls = read_polls(reader, row.next());
  worker.lower_polls = read_polls(reader, row.next());
  worker.missing_polls = read_polls(reader, row.next());
  const std::uint64_t flags = reader.count(row.next(), (1U << kSavedFlags.size()) - 1);
  for (std::size_t bit = 0; bit < kSavedFlags.size(); ++bit) {
    worker.*kSavedFlags[bit] = (flags >> bit & 1U) != 0;
  }
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

SavedState::App read_app(Reader& reader, const json& line) {
  SavedState::App saved;
  saved.app.app_namespace = reader.text(reader.member(line, "namespace"));
  saved.app.name = reader.text(reader.member(line, "app"));
  saved.memory.watch_began = reader.maybe_time(reader.member(line, "watch_began"));
  saved.memory.forgotten_until = reader.maybe_time(reader.member(line, "forgotten_until"));
  saved.memory.last_poll = reader.time(reader.member(line, "last_poll"));
  saved.memory.app_id = reader.text(reader.member(line, "app_id"));
  saved.memory.queue_name = reader.text(reader.member(line, "queue_name"));
  saved.memory.counters = read_counters(reader, reader.member(line, "counters"));
  saved.memory.workers =
      read_sorted(reader, reader.member(line, "workers"), read_worker, &WorkerMemory::id);
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

tl::unexpected<Error> refuse(std::string reason) {
  return fail(ErrorCode::kPayload, std::move(reason));
}

Result<void> check_header(std::string_view line) {
  const std::optional<json> header =
      line.size() <= kMaxHeaderBytes ? parse_line(line) : std::nullopt;
  Reader reader;
  if (!header || reader.member(*header, "format") != json(kSavedStateFormat)) {
    return refuse("it is no state file");
  }
  const std::uint64_t version = reader.count(reader.member(*header, "version"));
  if (!reader.problem().empty() || version == 0) {
    return refuse("it is damaged: it has no version");
  }
  if (version > kSavedStateVersion) {
    return refuse(fmt::format("version {} is newer than this program knows ({})", version,
                              kSavedStateVersion));
  }
  return {};
}

/// Takes the first line off `text`, with its newline, which it must have.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n') + 1);
  text.remove_prefix(line.size());
  return line;
}

Result<SavedState> parse_body(std::string_view body) {
  if (body.empty()) {
    return refuse("it is damaged: it has no lines");
  }
  SavedState state;
  std::set<api::AppRef> apps;
  for (std::size_t number = 2; !body.empty(); ++number) {
    const std::optional<json> line = parse_line(take_line(body));
    Reader reader;
    if (!line) {
      reader.refuse("it is no JSON");
    } else if (body.empty()) {
      state.device_errors = read_device_errors(reader, *line);
    } else {
      state.apps.push_back(read_app(reader, *line));
      if (!apps.insert(state.apps.back().app).second) {
        reader.refuse("the app is there twice");
      }
    }
    if (!reader.problem().empty()) {
      return refuse(fmt::format("it is damaged: line {}: {}", number, reader.problem()));
    }
  }
  return state;
}

}  // namespace

Result<SavedState> parse_saved_state(std::string_view text) {
  std::string_view body = text;
  if (Result<void> header = check_header(take_line(body)); !header) {
    return tl::unexpected(header.error());
  }
  // The footer is compared as a whole: no byte of the file can change unnoticed.
  const std::size_t footer_size = render_saved_footer({}).size();
  if (body.size() < footer_size ||
      body.substr(body.size() - footer_size) !=
          render_saved_footer(text.substr(0, text.size() - footer_size))) {
    return refuse("it is cut off or damaged: its checksum is wrong");
  }
  body.remove_suffix(footer_size);
  return parse_body(body);
}

}  // namespace everai::state
