#include "poll/request_budget.hpp"

#include <algorithm>

namespace everai::poll {

SteadyTime RequestBudget::reserve(int requests, SteadyTime now) {
  const SteadyTime::duration cost = requests * spacing_;
  const SteadyTime::duration room = std::max<SteadyTime::duration>(std::chrono::seconds{1}, cost);
  paid_until_ = std::max(paid_until_, now) + cost;
  return std::max(now, paid_until_ - room);
}

}  // namespace everai::poll
