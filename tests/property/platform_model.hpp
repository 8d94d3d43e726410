#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "api/types.hpp"
#include "property/history.hpp"
#include "util/time.hpp"

namespace everai::property {

struct Counts {
  std::uint64_t success = 0;
  std::uint64_t failed = 0;

  [[nodiscard]] std::uint64_t requests() const { return success + failed; }
  Counts& operator+=(const Counts& other);
  Counts operator-(const Counts& other) const;
  bool operator==(const Counts&) const = default;
};

struct ModelWorker {
  Timestamp created_at;      ///< what it says
  Timestamp truly_created;   ///< what is so
  Timestamp says_created{};  ///< what it says, by a right clock
  std::optional<Timestamp> launch_at = std::nullopt;
  std::optional<Timestamp> last_serve_at = std::nullopt;
  std::optional<Timestamp> deleted_at = std::nullopt;
  std::optional<Timestamp> truly_deleted = std::nullopt;
  bool in_error = false;
  bool in_live_listing = true;
  bool in_history_listing = true;
  Timestamp truly_launched{};
  std::uint64_t errors = 0;         ///< entries into STATUS_ERROR
  std::uint64_t earlier_lives = 0;  ///< workers that had its id before
  std::uint64_t resets = 0;         ///< of its counts, without a launch
  Counts shown{};                   ///< since its latest launch: what the platform knows
  Counts served{};                  ///< in its life: the truth
};

/// The platform at one moment.
struct ModelState {
  /// What its clock says.
  [[nodiscard]] Timestamp clock() const { return at + lead; }

  Timestamp at;
  std::chrono::seconds lead{};         ///< how far ahead its clock is
  std::chrono::seconds recent{86400};  ///< whose deleted the history listing is asked for
  std::map<std::uint64_t, ModelWorker> workers{};  ///< by number, those that are gone too
};

/// A worker in the answers to a poll.
struct ShownWorker {
  ModelWorker worker;
  Timestamp at;  ///< the moment that the answer tells of
  bool with_created_at = true;
};

/// The answers to a poll, as the exporter gets them and as they came about.
struct Answers {
  api::Listing live;
  std::optional<api::Listing> history;
  std::map<std::uint64_t, ShownWorker> shown;
};

/// A platform with one app, which remembers its past, and all that was truly served.
class PlatformModel {
 public:
  /// Lets a second pass, and the event happen if it is one of the platform's.
  void apply(const Event& event);

  [[nodiscard]] Answers answer(const Answer& answer) const;

  [[nodiscard]] const ModelState& now() const { return states_.back(); }

 private:
  static void apply(EventKind kind, const Event& event, ModelWorker& worker,
                    const ModelState& state);
  [[nodiscard]] const ModelState& before(std::uint64_t events) const;

  std::vector<ModelState> states_{{.at = Timestamp{std::chrono::milliseconds{1727602800700}}}};
};

}  // namespace everai::property
