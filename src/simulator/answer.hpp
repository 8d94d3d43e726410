#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/api_json.hpp"
#include "simulator/fleet.hpp"
#include "simulator/random.hpp"

namespace everai::simulator {

/// How much of an answer reaches the one who asked.
enum class Delivery : std::uint8_t {
  kWhole,
  kCutOff,  ///< the headers and half of the body
  kNever,   ///< nothing, on a connection that stays open
  kClosed,  ///< nothing; the connection is closed in order
  kReset,   ///< nothing; the connection is reset
};

struct Answer {
  int status = 200;
  std::string body;
  std::optional<std::chrono::seconds> retry_after = std::nullopt;
  Delivery delivery = Delivery::kWhole;
  std::chrono::milliseconds clock_skew{0};  ///< of the one who answers
  std::string_view content_type = "application/json";
  std::string_view location = {};  ///< where a redirect leads to
};

/// An answer that says why there is no other.
[[nodiscard]] Answer refuse(int status, std::string_view message);

/// Answers a listing request as a platform with the fleet's faults does; with none, faithfully.
/// @param random  what the faults of this answer are drawn from
[[nodiscard]] Answer answer_listing(const Fleet& fleet, const ListingQuery& query, Timestamp now,
                                    Int64Form int64_form, Random& random);

}  // namespace everai::simulator
