#pragma once

#include <array>
#include <string_view>

#include "property/history.hpp"

namespace everai::property {

struct AnswerFlag {
  bool Answer::*member;
  std::string_view words;
};

/// What takes nothing away.
inline constexpr std::array<AnswerFlag, 3> kHarmless = {{
    {&Answer::shuffled, "in reverse order"},
    {&Answer::duplicated, "with earlier duplicates"},
    {&Answer::cut_digits, "with times without a fraction"},
}};

/// What is missing as a whole.
inline constexpr std::array<AnswerFlag, 2> kMissing = {{
    {&Answer::no_history, "without a history listing"},
    {&Answer::no_date, "without a Date"},
}};

/// What is left out of every record of an answer.
inline constexpr std::array<AnswerFlag, 5> kOmissions = {{
    {&Answer::no_last_serve, "without lastServeAt"},
    {&Answer::no_launch, "without launchAt"},
    {&Answer::no_deleted, "without deletedAt"},
    {&Answer::no_created, "without createdAt"},
    {&Answer::no_status, "without status"},
}};

}  // namespace everai::property
