#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "simulator/answer.hpp"
#include "simulator/api_json.hpp"
#include "simulator/fleet.hpp"
#include "simulator/random.hpp"

namespace everai::simulator {

/// What may stand in the body of an answer to a scale call. For a scale-down its ids are those that
/// the request names.
enum class ScaleBody : std::uint8_t {
  kNormal,
  kHtml,
  kEmpty,
  kNull,
  kList,
  kText,
  kBrokenJson,
  kErrorObject,
  kErrorMember,
  kOtherFields,
  kNoFields,
  kNullIds,
  kFewer,
  kMore,
  kTwice,
  kEmptyId,
  kNumberIds,
  kIdsAndError,
  kOddIds,
  kLongIds,
  kHuge,
  kRefusal,  ///< an error of the platform with the answer's status
};

/// A way to answer a scale call, as people name it.
struct ScaleAnswer {
  std::string_view name;
  int status = 200;
  ScaleBody body = ScaleBody::kNormal;
  Delivery delivery = Delivery::kWhole;
  bool is_made = true;  ///< whether the change is made all the same
  std::string_view meaning;
};

/// All of them, in the order in which a help text lists them; the first is the platform's own.
[[nodiscard]] std::span<const ScaleAnswer> scale_answers();

/// @return null if there is none of this name
[[nodiscard]] const ScaleAnswer* find_scale_answer(std::string_view name);

/// A line for each of them: name, meaning.
[[nodiscard]] std::string describe_scale_answers();

enum class ScaleDirection : std::uint8_t { kUp, kDown };

/// Makes a change as a platform with the fleet's faults does, and answers; with none, as asked. A
/// change that cannot be made is refused whatever the faults.
/// @param request  a scale-up's or a scale-down's
/// @param random  what the faults of this answer are drawn from
[[nodiscard]] Answer answer_scale(Fleet& fleet, ScaleDirection direction,
                                  const ScaleRequest& request, Random& random);

}  // namespace everai::simulator
