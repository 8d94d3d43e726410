#include "state/saved_state.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "state/saved_state_format.hpp"
#include "util/sha256.hpp"
#include "util/text.hpp"

// By hand, at a microsecond for ten workers: it is done in the poller's thread.
namespace everai::state {
namespace {

using nlohmann::json;

/// What is no finite number is put as a text, as JSON has no other way.
template <typename Number>
void put_number(std::string& out, Number number) {
  if constexpr (std::is_floating_point_v<Number>) {
    if (!std::isfinite(number)) {
      out += std::isnan(number) ? R"("nan")" : number > 0 ? R"("inf")" : R"("-inf")";
      return;
    }
  }
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.begin(), buffer.end(), number);
  out.append(buffer.data(), end);
}

void put_byte(std::string& out, unsigned byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kDigits[byte >> 4U];
  out += kDigits[byte & 15U];
}

/// What is no UTF-8 is put byte by byte: replaced, two ids could become one.
void put_text(std::string& out, std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else if (valid_utf8(text) == text) {
    out += json(text).dump(-1, ' ', false, json::error_handler_t::replace);
  } else {
    out += R"({"hex":")";
    for (const char c : text) {
      put_byte(out, static_cast<unsigned char>(c));
    }
    out += R"("})";
  }
}

/// One beyond the limit is saved as the last one within: it could not be read otherwise.
void put_time(std::string& out, const std::optional<Timestamp>& time) {
  constexpr Timestamp::duration kLast = kTimeLimit.time_since_epoch() - Timestamp::duration{1};
  if (time) {
    put_number(out, std::clamp(time->time_since_epoch(), -kLast, kLast).count());
  } else {
    out += "null";
  }
}

template <typename Range, typename PutOne>
void put_list(std::string& out, const Range& range, PutOne put_one) {
  out += '[';
  for (const auto& element : range) {
    put_one(out, element);
    out += ',';
  }
  if (out.back() == ',') {
    out.pop_back();
  }
  out += ']';
}

template <typename Range>
void put_numbers(std::string& out, const Range& range) {
  put_list(out, range, [](std::string& into, auto number) { put_number(into, number); });
}

void put_revision(std::string& out, const RevisionCounters& counters) {
  const auto& [revision, requests, failed, last_present] = counters;
  out += '[';
  put_text(out, revision);
  out += ',';
  put_number(out, requests);
  out += ',';
  put_number(out, failed);
  out += ',';
  put_time(out, last_present);
  out += ']';
}

template <typename SomeHistogram>
void put_histogram(std::string& out, const SomeHistogram& histogram) {
  out += "{\"counts\":";
  put_numbers(out, histogram.counts);
  out += ",\"sum\":";
  put_number(out, histogram.sum);
  out += '}';
}

void put_worker(std::string& out, const WorkerMemory& worker) {
  // All members by name: a new one does not compile until it is thought of here.
  const auto& [id, success, failed, created_at, launch_at, latest_launch, last_serve_at, last_seen,
               lower_success, lower_failed, stale_polls, lower_polls, missing_polls, born_on_watch,
               launched, ready, served, errored, lowered, undated, created_ahead, ended] = worker;
  std::uint64_t flags = 0;
  for (std::size_t bit = 0; bit < kSavedFlags.size(); ++bit) {
    flags |= std::uint64_t{worker.*kSavedFlags[bit] ? 1U : 0U} << bit;
  }
  out += '[';
  put_text(out, id);
  const auto put_count = [&out](std::uint64_t count) {
    out += ',';
    put_number(out, count);
  };
  const auto put_next_time = [&out](const std::optional<Timestamp>& time) {
    out += ',';
    put_time(out, time);
  };
  put_count(success);
  put_count(failed);
  put_next_time(created_at);
  put_next_time(launch_at);
  put_next_time(latest_launch);
  put_next_time(last_serve_at);
  put_next_time(last_seen);
  put_count(lower_success);
  put_count(lower_failed);
  put_count(stale_polls);
  put_count(lower_polls);
  put_count(missing_polls);
  put_count(flags);
  out += ']';
}

void put_counters(std::string& out, const AppCounters& app_counters) {
  const auto& [requests, failed, regressions, created, deleted, replaced, never_served,
               worker_errors, worker_seconds, gpu_seconds, revisions, other_revisions,
               launch_duration, ready_duration, lifetime, last_served, last_worker_error] =
      app_counters;
  const auto name = [&out](std::string_view key) {
    out += out.back() == '{' ? "\"" : ",\"";
    out += key;
    out += "\":";
  };
  const auto put_count = [&out, &name](std::string_view key, std::uint64_t count) {
    name(key);
    put_number(out, count);
  };
  out += '{';
  put_count("requests", requests);
  put_count("failed", failed);
  put_count("regressions", regressions);
  put_count("created", created);
  put_count("deleted", deleted);
  put_count("replaced", replaced);
  put_count("never_served", never_served);
  put_count("worker_errors", worker_errors);
  name("worker_seconds");
  put_numbers(out, worker_seconds);
  name("gpu_seconds");
  put_list(out, gpu_seconds, [](std::string& into, const GpuSeconds& seconds) {
    const auto& [model, by_state] = seconds;
    into += '[';
    put_text(into, model);
    into += ',';
    put_numbers(into, by_state);
    into += ']';
  });
  name("revisions");
  put_list(out, revisions, put_revision);
  name("other_revisions");
  put_revision(out, other_revisions);
  name("launch_duration");
  put_histogram(out, launch_duration);
  name("ready_duration");
  put_histogram(out, ready_duration);
  name("lifetime");
  put_histogram(out, lifetime);
  name("last_served");
  put_time(out, last_served);
  name("last_worker_error");
  put_time(out, last_worker_error);
  out += '}';
}

std::string render_devices(const DeviceErrors& device_errors) {
  std::string text = "{\"devices\":";
  put_list(text, device_errors.devices, [](std::string& out, const DeviceErrors::Device& device) {
    out += '[';
    put_text(out, device.id);
    out += ',';
    put_number(out, device.errors);
    out += ']';
  });
  text += ",\"other_devices\":";
  put_number(text, device_errors.other);
  text += '}';
  return text;
}

void put_record(std::string& out, std::uint64_t number, std::string_view kind,
                std::string_view body) {
  const std::string rest = fmt::format("{} {} {}", number, kind, body);
  out += saved_checksum(rest);
  out += ' ';
  out += rest;
  out += '\n';
}

}  // namespace

std::string saved_checksum(std::string_view rest) {
  const Sha256 digest = sha256(rest);
  std::string checksum;
  for (std::size_t i = 0; i < kSavedChecksumDigits / 2; ++i) {
    put_byte(checksum, digest.at(i));
  }
  return checksum;
}

std::string render_saved_app(const AppKey& key, const AppMemory& memory) {
  const auto& [watch_began, watched, forgotten_until, counters, app_id, queue_name, workers,
               last_poll, clock, last_view] = memory;
  constexpr std::size_t kBytesPerWorker = 160;
  std::string line;
  line.reserve(4096 + workers.size() * kBytesPerWorker);
  line += "{\"endpoint\":";
  put_text(line, key.endpoint);
  line += ",\"namespace\":";
  put_text(line, key.app.app_namespace);
  line += ",\"app\":";
  put_text(line, key.app.name);
  line += ",\"watch_began\":";
  put_time(line, watch_began);
  line += ",\"watched\":";
  put_number(line, watched.count());
  line += ",\"forgotten_until\":";
  put_time(line, forgotten_until);
  line += ",\"last_poll\":";
  put_time(line, last_poll);
  line += ",\"app_id\":";
  put_text(line, app_id);
  line += ",\"queue_name\":";
  put_text(line, queue_name);
  line += ",\"counters\":";
  put_counters(line, counters);
  line += ",\"workers\":";
  put_list(line, workers, put_worker);
  line += '}';
  return line;
}

std::string render_saved_state(const AppLines& app_lines, const DeviceErrors& device_errors) {
  std::string text =
      fmt::format("{{\"format\":\"{}\",\"version\":{}}}\n", kSavedStateFormat, kSavedStateVersion);
  std::uint64_t records = 0;
  for (const auto& [key, line] : app_lines) {
    put_record(text, ++records, kAppRecord,
               fmt::format("{{\"unconfigured_seconds\":{},{}", line.unconfigured.count(),
                           std::string_view(*line.text).substr(1)));
  }
  put_record(text, ++records, kDevicesRecord, render_devices(device_errors));
  put_record(text, records + 1, kEndRecord, std::to_string(records));
  return text;
}

}  // namespace everai::state
