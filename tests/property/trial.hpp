#pragma once

#include <functional>
#include <optional>
#include <string>

#include "property/history.hpp"
#include "state/reduce.hpp"

namespace everai::property {

/// `state::reduce`, or what is to be tried in its place.
using Reduce = std::function<state::Reduced(state::AppMemory, const state::Fleet&,
                                            const state::PollTime&, const state::ReduceOptions&)>;

struct Verdict {
  /// The first property that does not hold, with the event after which it does not.
  std::optional<std::string> broken;
  bool exact = false;          ///< the counters had to equal the truth at the end
  bool lives_exact = false;    ///< those of the workers' lives, too
  std::uint64_t requests = 0;  ///< counted at the end
};

/// Lets a history happen, and one last poll with nothing odd about it, to an exporter that counts
/// with `reduce` and keeps its memory as the texts of state files. Checks
/// - after each good poll: no more requests, and no more failed ones, are counted than were served
///   on watch; no more failed ones than requests; no counter falls;
/// - whenever a state file was written, and with it the counters exposed: none is lower than it was
///   exposed before, in this life of the exporter or an earlier one;
/// - at the end: the counters equal the truth, unless information was lost (see `Witness`);
/// - after that: each request of a listed worker is counted, whatever happened before.
[[nodiscard]] Verdict try_history(const History& history, const Reduce& reduce);

/// The shortest history that `fails` still, as far as leaving out and simplifying single events and
/// stretches of them leads. @param history  one that fails.
[[nodiscard]] History shrink(History history, const std::function<bool(const History&)>& fails);

}  // namespace everai::property
