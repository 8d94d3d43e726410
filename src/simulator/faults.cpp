#include "simulator/faults.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "simulator/scale_answer.hpp"
#include "util/text.hpp"
#include "util/time.hpp"

namespace everai::simulator {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kDay = 24h;
constexpr milliseconds kYear = 365 * kDay;

constexpr std::array<FaultRow, 32> kRows{{
    {"relaunch", &Faults::relaunch, 0ms, kDay,
     "mean time of a running worker until its container restarts and its counts begin at 0"},
    {"flash", &Faults::flash, 0ms, kDay,
     "mean time between two workers that serve a few requests and are gone within seconds"},
    {"bad-devices", &Faults::bad_devices, 0ms, 0ms,
     "share of the hosts on which workers error 30 times as often"},
    {"error", &Faults::error, 0ms, kDay, "mean time of a running worker until it errors"},
    {"lost-devices", &Faults::lost_devices, 0ms, 0ms,
     "share of the hosts on which every running worker is unavailable"},
    {"stuck-start", &Faults::stuck_start, 0ms, 0ms, "a new worker never finishes its start"},
    {"failed-start", &Faults::failed_start, 0ms, 0ms, "a new worker errors instead of launching"},
    {"stale-read", &Faults::stale_read, 0ms, 0ms, "an answer tells an earlier state of the fleet"},
    {"stale-age", &Faults::stale_age, 1s, 1h, "how old such a state is at most"},
    {"clock-skew", &Faults::clock_skew, -kYear, kYear,
     "how far the platform's clock is ahead, in Date and all times"},
    {"omit", &Faults::omit, 0ms, 0ms, "a field that no count depends on is left out"},
    {"reorder", &Faults::reorder, 0ms, 0ms, "an object's fields come in random order"},
    {"strings", &Faults::strings, 0ms, 0ms, "a number is written as a string"},
    {"unknown-enum", &Faults::unknown_enum, 0ms, 0ms,
     "a worker's status has an unknown name, its number, or no prefix"},
    {"unknown-field", &Faults::unknown_field, 0ms, 0ms, "an object has fields of a later version"},
    {"null", &Faults::null, 0ms, 0ms, "a field that has no value is null instead of left out"},
    {"duplicate", &Faults::duplicate, 0ms, 0ms, "a worker is listed twice, the last time as it is"},
    {"broken", &Faults::broken, 0ms, 0ms, "a worker has a field of a wrong type"},
    {"lost-worker", &Faults::lost_worker, 0ms, 0ms, "one of the workers is not in the answer"},
    {"error-500", &Faults::error_500, 0ms, 0ms, "the answer is status 500"},
    {"error-503", &Faults::error_503, 0ms, 0ms, "the answer is status 503"},
    {"error-429", &Faults::error_429, 0ms, 0ms, "the answer is status 429 with Retry-After"},
    {"error-401", &Faults::error_401, 0ms, 0ms, "the answer is status 401"},
    {"hang", &Faults::hang, 0ms, 0ms, "no answer comes, and the connection stays open"},
    {"truncate", &Faults::truncate, 0ms, 0ms, "the answer breaks off in the middle of its body"},
    {"error-object", &Faults::error_object, 0ms, 0ms, "the answer is an error with status 200"},
    {"html-page", &Faults::html_page, 0ms, 0ms, "the answer is an HTML page with status 200"},
    {"empty-listing", &Faults::empty_listing, 0ms, 0ms, "the answer is {}, as of no workers"},
    {"error-history", &Faults::error_history, 0ms, 0ms,
     "the answer is status 500 if ended workers are asked for too"},
    {"retry-after", &Faults::retry_after, 1s, 1h, "what Retry-After asks for"},
    {"scale-answer", &Faults::scale_answer, 0ms, 0ms,
     "the answer to scale-up and scale-down, one of those below"},
    {"scale-ignored", &Faults::scale_ignored, 0ms, 0ms,
     "a scale-up or scale-down is answered, and not made"},
}};

std::string range_of(const FaultRow& row) {
  const auto text = [](milliseconds duration) {
    return duration < 0ms ? "-" + render_duration(-duration) : render_duration(duration);
  };
  if (std::holds_alternative<std::string_view Faults::*>(row.knob)) {
    return "NAME";
  }
  return std::holds_alternative<double Faults::*>(row.knob)
             ? "0 to 1"
             : fmt::format("{} to {}", text(row.least), text(row.most));
}

std::optional<double> read_share(std::string_view text) {
  double share = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, share);
  const bool is_share = error == std::errc{} && rest == end && !std::signbit(share) && share <= 1;
  return is_share ? std::optional(share) : std::nullopt;
}

std::optional<milliseconds> read_duration(std::string_view text, const FaultRow& row) {
  const bool negative = text.starts_with('-');
  const auto length = parse_duration(text.substr(negative ? 1 : 0));
  if (!length) {
    return std::nullopt;
  }
  const milliseconds duration = negative ? -*length : *length;
  return duration >= row.least && duration <= row.most ? std::optional(duration) : std::nullopt;
}

Json value_of(const Faults& faults, const FaultRow& row) {
  if (const auto* const share = std::get_if<double Faults::*>(&row.knob)) {
    return faults.*(*share);
  }
  if (const auto* const name = std::get_if<std::string_view Faults::*>(&row.knob)) {
    return faults.*(*name);
  }
  const milliseconds duration = faults.*std::get<milliseconds Faults::*>(row.knob);
  return duration < 0ms ? "-" + render_duration(-duration) : render_duration(duration);
}

}  // namespace

std::span<const FaultRow> fault_rows() {
  return kRows;
}

std::string describe_faults() {
  std::string text;
  for (const FaultRow& row : kRows) {
    text += fmt::format("  {:<14} {:<14} {}\n", row.name, range_of(row), row.meaning);
  }
  return text;
}

Result<void> set_fault(Faults& faults, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view name = assignment.substr(0, equals);
  const auto* const row = std::find_if(kRows.begin(), kRows.end(),
                                       [name](const FaultRow& each) { return each.name == name; });
  if (row == kRows.end()) {
    return fail(ErrorCode::kUsage, fmt::format("there is no fault '{}'", printable(name, 40)));
  }
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view{} : assignment.substr(equals + 1);
  if (const auto* const share = std::get_if<double Faults::*>(&row->knob)) {
    if (const auto read = read_share(value)) {
      faults.*(*share) = *read;
      return {};
    }
  } else if (const auto* const choice = std::get_if<std::string_view Faults::*>(&row->knob)) {
    const ScaleAnswer* const answer = find_scale_answer(value);
    if (answer == nullptr) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: there is no answer '{}'", row->name, printable(value, 40)));
    }
    faults.*(*choice) = answer->name;
    return {};
  } else if (const auto read = read_duration(value, *row)) {
    faults.*std::get<milliseconds Faults::*>(row->knob) = *read;
    return {};
  }
  return fail(ErrorCode::kUsage, fmt::format("{}: '{}' is not within {}", row->name,
                                             printable(value, 40), range_of(*row)));
}

Result<FaultsRequest> parse_faults_request(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorCode::kPayload, "the body is no JSON object");
  }
  FaultsRequest request;
  Faults scratch;
  for (const auto& [name, value] : json.items()) {
    const bool is_text = value.is_string();
    if (name == "app" && is_text) {
      request.app = value.get<std::string>();
      continue;
    }
    const std::string text = is_text ? value.get<std::string>()
                                     : value.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string assignment = fmt::format("{}={}", name, text);
    if (const auto set = set_fault(scratch, assignment); !set) {
      return fail(ErrorCode::kPayload, set.error().message);
    }
    request.assignments.push_back(std::move(assignment));
  }
  return request;
}

std::string render_faults(const std::vector<AppFaults>& apps) {
  Json list = Json::array();
  for (const AppFaults& each : apps) {
    Json faults = Json::object();
    for (const FaultRow& row : kRows) {
      faults[std::string(row.name)] = value_of(each.faults, row);
    }
    list.push_back(Json{{"app", to_string(each.app)}, {"faults", std::move(faults)}});
  }
  return Json{{"apps", std::move(list)}}.dump();
}

}  // namespace everai::simulator
