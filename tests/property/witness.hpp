#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "property/platform_model.hpp"

namespace everai::property {

/// What an exporter could know at best of what was truly served, from the answers that it got and
/// kept. It knows nothing of how the exporter counts, and looks at the truth instead of the counts
/// that are shown.
///
/// The watch begins with the first answers. A worker's requests are on watch
/// - from the start, if it was first shown later, and says that it was created since the watch
///   began, give or take 30 s, and not so long before the last answers that it could have been
///   shown and forgotten,
/// - after the moment of the record that first showed it, otherwise.
/// Information is lost of a worker if
/// - its container was relaunched and the exporter keeps no answer that shows the last counts
///   before that (none was asked for, or a crash took it),
/// - the first answer kept after a relaunch shows neither count below the last before it, which
///   looks as if the counts had survived,
/// - it was listed again after it had not been for so long that it was forgotten,
/// - it was deleted, and no longer listed when the exporter would have seen its last counts.
class Witness {
 public:
  /// Takes in the answers to a good poll.
  void see(const Answers& answers, Timestamp now);

  /// The requests on watch of the workers that were ever shown.
  [[nodiscard]] Counts truth(const ModelState& now) const;

  /// Whether no information was lost, so that `truth` can be known.
  [[nodiscard]] bool knows_all(const ModelState& now) const;

  /// What happened to workers on watch.
  [[nodiscard]] std::uint64_t created(const ModelState& now) const;
  [[nodiscard]] std::uint64_t deleted(const ModelState& now) const;

  /// Whether each worker was shown, and shown deleted if it is.
  [[nodiscard]] bool knows_all_lives(const ModelState& now) const;

  [[nodiscard]] std::uint64_t errors(const ModelState& now) const;

  /// Whether each entry into STATUS_ERROR was shown before it was over.
  [[nodiscard]] bool knows_all_errors(const ModelState& now) const;

 private:
  struct Known {
    ModelWorker base;   ///< what came before the watch
    ModelWorker seen;   ///< as last shown
    Timestamp seen_at;  ///< the moment that it was last shown of
    Timestamp last_shown;
    bool forgotten = false;  ///< it was not listed for too long
    bool lost = false;
    bool lost_errors = false;
  };

  [[nodiscard]] Known first_known(const ShownWorker& shown, Timestamp now) const;
  [[nodiscard]] static bool told_of_errors(const ModelWorker& seen, const ModelWorker& later);

  std::optional<Timestamp> watch_began_;
  Timestamp last_answers_;
  std::map<std::uint64_t, Known> known_;
};

}  // namespace everai::property
