#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/types.hpp"
#include "util/result.hpp"

namespace everai::simulator {

/// What a platform may do to those who watch one of its apps; by default nothing. A share is a
/// probability from 0 to 1, and a duration of 0 means never or not at all; `fault_rows` says what
/// each does.
struct Faults {
  // Of the fleet itself: the truth knows of them.
  std::chrono::milliseconds relaunch{0};
  std::chrono::milliseconds flash{0};
  double bad_devices = 0;
  std::chrono::milliseconds error{0};
  double lost_devices = 0;
  double stuck_start = 0;
  double failed_start = 0;
  // Of an answer: each listing request draws anew.
  double stale_read = 0;
  std::chrono::milliseconds stale_age{std::chrono::seconds{10}};
  std::chrono::milliseconds clock_skew{0};
  double omit = 0;
  double reorder = 0;
  double strings = 0;
  double unknown_enum = 0;
  double unknown_field = 0;
  double null = 0;
  double duplicate = 0;
  double broken = 0;
  double lost_worker = 0;
  // Instead of an answer.
  double error_500 = 0;
  double error_503 = 0;
  double error_429 = 0;
  double error_401 = 0;
  double hang = 0;
  double truncate = 0;
  double error_object = 0;
  double html_page = 0;
  double empty_listing = 0;
  double error_history = 0;
  std::chrono::milliseconds retry_after{std::chrono::seconds{5}};
  // Of a scale call.
  std::string_view scale_answer = "normal";  ///< a name of `scale_answers`
  double scale_ignored = 0;

  bool operator==(const Faults&) const = default;
};

/// A fault as people name it.
struct FaultRow {
  std::string_view name;
  /// A share, a duration, or the name of one of `scale_answers`.
  std::variant<double Faults::*, std::chrono::milliseconds Faults::*, std::string_view Faults::*>
      knob;
  std::chrono::milliseconds least{0};  ///< of a duration
  std::chrono::milliseconds most{0};
  std::string_view meaning;  ///< what its value is the probability, length or name of
};

/// All faults, in the order in which a help text lists them.
[[nodiscard]] std::span<const FaultRow> fault_rows();

/// A line for each fault: name, range, meaning.
[[nodiscard]] std::string describe_faults();

/// Sets a fault as the command line names it, such as `omit=0.1` or `clock-skew=-90s`.
/// @return kUsage if there is no such fault or its value is out of range; nothing is set then.
[[nodiscard]] Result<void> set_fault(Faults& faults, std::string_view assignment);

/// Some faults that are to be set, as a request asks for it.
struct FaultsRequest {
  std::optional<std::string> app;        ///< `namespace/name`; nothing: every app
  std::vector<std::string> assignments;  ///< valid ones, as `set_fault` takes them
};

/// Parses a body such as `{"app": "default/sd", "omit": 0.1, "clock-skew": "-90s"}`.
/// @return kPayload if it is no such object or one of its values is out of range.
/// Pure. Thread-safe.
[[nodiscard]] Result<FaultsRequest> parse_faults_request(std::string_view body);

/// The faults of an app.
struct AppFaults {
  api::AppRef app;
  Faults faults;
};

/// Renders the faults of apps, in the form in which they are set. Pure. Thread-safe.
[[nodiscard]] std::string render_faults(const std::vector<AppFaults>& apps);

}  // namespace everai::simulator
