#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/client.hpp"
#include "api/curl_transport.hpp"
#include "api/scale_calls.hpp"
#include "api/types.hpp"
#include "config/config.hpp"
#include "state/fleet.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::workers {

/// An app's workers at one moment. Move-only: the fleet's texts lie in the listings.
struct Look {
  api::Listing live;
  std::optional<api::Listing> history;  ///< nothing: it was not asked for, or could not be had
  std::optional<Error> history_error;   ///< why it could not
  std::string cut;  ///< why a listing may lack workers, such as that it names a next page; or empty
  bool full_page = false;  ///< the live listing may be one page of more; see may_be_full_page
  state::Fleet fleet;
  Timestamp now;  ///< by the platform's clock if it tells it, else by ours

  /// How many workers could not be read, which the fleet lacks.
  [[nodiscard]] std::size_t skipped() const {
    return live.skipped + (history ? history->skipped : 0);
  }
  /// Whether a worker that the fleet lacks is in neither listing of the platform.
  [[nodiscard]] bool is_complete() const {
    return history.has_value() && skipped() == 0 && cut.empty() && !full_page;
  }
};

/// Ends what is said of a change that was perhaps made.
inline constexpr std::string_view kPerhapsDone =
    "; it may have been done all the same, look with list";

/// What became of a request for a change.
enum class Outcome : std::uint8_t {
  kNotSent,
  kRefused,   ///< the platform, or what is on the way, says that nothing was changed
  kAccepted,  ///< the answer is the documented one
  kUnknown,   ///< it was sent, and nothing tells whether it was done
};

struct ChangeAnswer {
  Outcome outcome = Outcome::kNotSent;
  std::vector<std::string> new_ids = {};  ///< of an accepted scale-up, as they were told
  std::optional<Error> error = {};        ///< of any other; the message begins with the call
};

/// The platform as one app's owner sees it, one call at a time.
/// The errors of all calls are the first kPollFailureReasons of ErrorCode; their messages begin
/// with the call. Not thread-safe.
class Platform {
 public:
  /// @param app  its name and account. @param call_time  the longest that one call may take.
  /// @param clock  must outlive the platform. @return kSystem if libcurl cannot be set up.
  [[nodiscard]] static Result<Platform> make(config::AppConfig app,
                                             std::chrono::milliseconds call_time,
                                             const Clock& clock);

  /// Lists the workers, those in error and the ended ones of the last days too, if the history
  /// listing can be had; see `state::merge_listings`.
  /// @param longest  how long that may take, if a call may not take less.
  /// @param history_longest  the same of the history listing alone.
  /// @return an error only if the live listing cannot be read.
  [[nodiscard]] Result<Look> look(
      unsigned recent_days, SteadyTime::duration longest = SteadyTime::duration::max(),
      SteadyTime::duration history_longest = SteadyTime::duration::max());

  /// Lists the workers that the live listing has, which takes one call; times as of `look`.
  [[nodiscard]] Result<Look> look_live(SteadyTime::duration longest = SteadyTime::duration::max());

  /// Asks for workers more, once.
  [[nodiscard]] ChangeAnswer scale_up(std::uint64_t count);

  /// Asks for workers to be removed, once.
  [[nodiscard]] ChangeAnswer scale_down(const api::ScaleDown& wanted);

  /// Lets time pass until `until`.
  void pause(SteadyTime until);

  [[nodiscard]] const api::AppRef& app() const { return app_.app; }

 private:
  Platform(config::AppConfig app, std::chrono::milliseconds call_time, const Clock& clock,
           std::unique_ptr<api::CurlTransport> transport);

  [[nodiscard]] Result<api::Listing> list(api::ListingKind kind, unsigned recent_days,
                                          SteadyTime deadline, Look& look);
  [[nodiscard]] SteadyTime deadline_of(SteadyTime::duration longest) const;
  [[nodiscard]] Result<Look> look_by(SteadyTime deadline);
  static void merge(Look& look);
  using ParseAnswer = std::function<Result<std::vector<std::string>>(const api::PaddedText&,
                                                                     const std::vector<Secret>&)>;
  [[nodiscard]] ChangeAnswer change(std::string_view title, std::string path, std::string body,
                                    const ParseAnswer& parse);
  [[nodiscard]] api::HttpAnswer ask(api::HttpRequest request);

  config::AppConfig app_;
  std::chrono::milliseconds call_time_;
  const Clock* clock_;
  std::unique_ptr<api::CurlTransport> transport_;
  std::uint64_t last_id_ = 0;
};

}  // namespace everai::workers
