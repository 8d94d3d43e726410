#include "simulator/autoscaler.hpp"

#include <algorithm>

namespace everai::simulator {
namespace {

/// a - b, and 0 where that would be negative.
constexpr std::uint64_t less(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

std::uint64_t wanted_more(const AutoscalerRules& rules, const FleetFigures& fleet) {
  const std::uint64_t missing = less(rules.min_workers, fleet.staying);
  bool pressed = false;
  switch (rules.kind) {
    case AutoscalerKind::kMinFreeWorkers:
      pressed = fleet.free < rules.min_free_workers;
      break;
    case AutoscalerKind::kMaxQueueSize:
      // An app that is scaled to zero wakes up for its first request.
      pressed =
          fleet.queue_size > rules.max_queue_size || (fleet.queue_size > 0 && fleet.staying == 0);
      break;
    case AutoscalerKind::kManual:
      break;
  }
  return pressed ? std::max(missing, rules.scale_up_step) : missing;
}

std::uint64_t wanted_fewer(const AutoscalerRules& rules, const FleetFigures& fleet) {
  std::uint64_t spare = std::min(fleet.idle, less(fleet.staying, rules.min_workers));
  switch (rules.kind) {
    case AutoscalerKind::kMinFreeWorkers:
      spare = std::min(spare, less(fleet.free, rules.min_free_workers));
      break;
    case AutoscalerKind::kMaxQueueSize:
      spare = fleet.queue_size == 0 ? spare : 0;
      break;
    case AutoscalerKind::kManual:
      spare = 0;
      break;
  }
  return spare;
}

}  // namespace

Scaling decide(const AutoscalerRules& rules, const FleetFigures& fleet) {
  if (const std::uint64_t more = wanted_more(rules, fleet); more > 0) {
    const std::uint64_t room = fleet.in_flight > 0 ? 0 : less(rules.max_workers, fleet.live);
    return {.up = std::min(more, room)};
  }
  return {.down = wanted_fewer(rules, fleet)};
}

}  // namespace everai::simulator
