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
///   began, give or take 30 s,
/// - after the moment of the record that first showed it, otherwise.
/// Information is lost of a worker if
/// - its container was relaunched and the exporter keeps no answer that shows the last counts
///   before that (none was asked for, or a crash took it),
/// - the first answer kept after a relaunch shows neither count below the last before it, which
///   looks as if the counts had survived,
/// - it was listed again after it had not been for so long that it was forgotten, or is first
/// listed
///   so late that one created with it was forgotten,
/// - more than three records in a row were older than one that had been shown before,
/// - its counts were reset without a launch,
/// - the platform's clock was stepped, or told the wrong time for so long, or at such a moment,
/// that
///   nothing could tell,
/// - it was deleted, and no longer listed when the exporter would have seen its last counts.
class Witness {
 public:
  /// @param clock_is_stepped  whether the platform's clock ever is.
  explicit Witness(bool clock_is_stepped)
      : clock_is_odd_(clock_is_stepped), clock_lost_(clock_is_stepped) {}

  /// Takes in what happens to the clocks: an event, and the `Date` of a successful poll. It is to
  /// be told before the answers. @param is_first  whether it is the process's first poll of the
  /// app.
  void see_event(const Event& event);
  void see_clock(const Event& poll, std::chrono::seconds our_lead, bool is_first);

  /// Takes in the answers to a successful poll.
  void see(const Answers& answers, const ModelState& state);

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
  static constexpr int kDatesToBelieve = 3;

  struct Known {
    ModelWorker base;   ///< what came before the watch
    ModelWorker seen;   ///< as last shown
    Timestamp seen_at;  ///< the moment that it was last shown of
    Timestamp last_shown;
    std::uint64_t older_polls = 0;  ///< in a row, which showed an earlier record than another did
    bool waits = false;             ///< its age could not be told when it was first shown
    bool ever_dated = true;         ///< it was ever shown with its creation
    bool seen_dated = true;         ///< it told its creation when it was last shown
    bool forgotten = false;         ///< it was not listed for too long
    bool lost = false;
    bool lost_errors = false;
  };

  [[nodiscard]] Known first_known(const ShownWorker& shown, Timestamp now) const;
  [[nodiscard]] static bool told_of_errors(const ModelWorker& seen, const ModelWorker& later);

  std::optional<Timestamp> watch_began_;
  Timestamp forgotten_until_;   ///< a worker created since then was never shown and forgotten
  bool clock_is_odd_;           ///< the ages of workers could be mistaken
  bool has_date_ = true;        ///< the answers at hand have one
  bool date_is_wrong_ = false;  ///< of the answers at hand
  bool clock_lost_;             ///< for good
  int wrong_dates_ = 0;         ///< in a row
  int right_dates_ = kDatesToBelieve;  ///< in a row, after the watch began with a wrong one
  std::map<std::uint64_t, Known> known_;
};

}  // namespace everai::property
