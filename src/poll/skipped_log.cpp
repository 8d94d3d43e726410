#include "poll/skipped_log.hpp"

#include <chrono>

namespace everai::poll {

bool SkippedLog::is_due(const api::AppRef& app, std::size_t skipped, SteadyTime now) {
  constexpr std::chrono::hours kHour{1};
  if (skipped == 0) {
    return false;
  }
  const auto [said, is_first] = said_.emplace(app, now);
  const bool due = is_first || now >= said->second + kHour;
  said->second = due ? now : said->second;
  return due;
}

}  // namespace everai::poll
