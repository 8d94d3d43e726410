#include "simulator/answer.hpp"

#include "simulator/distort.hpp"

namespace everai::simulator {
namespace {

/// @return how the request fails, or nothing if it does not.
std::optional<Answer> draw_failure(const Faults& faults, bool show_all, Random& random) {
  double fate = random.uniform();
  const auto falls_to = [&fate](double share) {
    const bool hit = fate < share;
    fate -= share;
    return hit;
  };
  if (falls_to(faults.error_500)) {
    return refuse(500, "internal error");
  }
  if (falls_to(faults.error_503)) {
    return refuse(503, "upstream is not available");
  }
  if (falls_to(faults.error_429)) {
    Answer answer = refuse(429, "too many requests");
    answer.retry_after = std::chrono::ceil<std::chrono::seconds>(faults.retry_after);
    return answer;
  }
  if (falls_to(faults.error_401)) {
    return refuse(401, "invalid token");
  }
  if (falls_to(faults.hang)) {
    return Answer{.body = "{}", .delivery = Delivery::kNever};
  }
  if (falls_to(faults.error_object)) {
    return Answer{.body = render_error(500, "internal error")};
  }
  if (falls_to(faults.html_page)) {
    return Answer{.body = "<html>login</html>", .content_type = "text/html"};
  }
  if (falls_to(faults.empty_listing)) {
    return Answer{.body = "{}"};
  }
  if (show_all && falls_to(faults.error_history)) {
    return refuse(500, "internal error");
  }
  return std::nullopt;
}

const FleetState& draw_state(const Fleet& fleet, Random& random) {
  const bool is_stale = !fleet.past().empty() && random.chance(fleet.faults().stale_read);
  return is_stale ? fleet.past()[random.below(fleet.past().size())] : fleet.state();
}

}  // namespace

Answer refuse(int status, std::string_view message) {
  return {.status = status, .body = render_error(status, message)};
}

Answer answer_listing(const Fleet& fleet, const ListingQuery& query, Timestamp now,
                      Int64Form int64_form, Random& random) {
  const Faults& faults = fleet.faults();
  if (auto failure = draw_failure(faults, query.show_all, random)) {
    return *std::move(failure);
  }
  const std::string listing =
      render_listing(fleet, draw_state(fleet, random), query, now, int64_form, faults.clock_skew);
  return {.body = distort_listing(listing, faults, random),
          .delivery = random.chance(faults.truncate) ? Delivery::kCutOff : Delivery::kWhole};
}

}  // namespace everai::simulator
