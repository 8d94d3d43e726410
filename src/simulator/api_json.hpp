#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/fleet.hpp"
#include "simulator/world.hpp"
#include "util/result.hpp"

/// What the platform's API writes and reads, by the rules of protobuf JSON: zero values are left
/// out, and so are times that never were. All functions here are pure and thread-safe.
namespace everai::simulator {

struct ListingQuery {
  bool show_all = false;          ///< deleted and errored workers too
  std::uint64_t recent_days = 2;  ///< how far back those go
};

enum class Int64Form : std::uint8_t { kNumber, kString };

/// Renders the answer of a worker listing at simulated time `now`: the live workers, and with
/// `show_all` those that ended within the window, as far as the fleet remembers (kHistoryKept).
[[nodiscard]] std::string render_listing(const Fleet& fleet, const ListingQuery& query,
                                         Timestamp now, Int64Form int64_form);

/// The same for a state of the fleet, which may be an earlier one.
/// @param clock_skew  added to every time
[[nodiscard]] std::string render_listing(const Fleet& fleet, const FleetState& state,
                                         const ListingQuery& query, Timestamp now,
                                         Int64Form int64_form,
                                         std::chrono::milliseconds clock_skew);

/// Renders the answer of a scale-up.
[[nodiscard]] std::string render_worker_ids(const std::vector<std::string>& ids);

/// Renders an error; its gRPC code follows from the HTTP status.
[[nodiscard]] std::string render_error(int http_status, std::string_view message);

/// Renders the truth of every app.
/// @param running  whether simulated time moves
[[nodiscard]] std::string render_truth(const World& world, bool running);

/// A scale-up's or scale-down's body.
struct ScaleRequest {
  std::optional<std::uint64_t> count = {};
  std::vector<std::string> worker_ids = {};
};

/// Parses such a body.
/// @param count_field  `scaleUpWorkersNum` or `scaleDownWorkersNum`; digits in a string, or a
/// number
/// @return kPayload if it is no JSON object (nothing at all counts as `{}`), the count is no number
///         from 1 to 1000, or `workerIds` is no list of texts.
[[nodiscard]] Result<ScaleRequest> parse_scale_request(std::string_view body,
                                                       const std::string& count_field);

}  // namespace everai::simulator
