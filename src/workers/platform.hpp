#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
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
  api::Listing history;
  state::Fleet fleet;
  Timestamp now;  ///< by the platform's clock if it tells it, else by ours
};

/// The platform as one app's owner sees it, one call at a time.
/// The errors of all calls are the first kPollFailureReasons of ErrorCode, kRefused beside them for
/// changes; their messages begin with the call. Not thread-safe.
class Platform {
 public:
  /// @param app  its name and account. @param call_time  the longest that one call may take.
  /// @param clock  must outlive the platform. @return kSystem if libcurl cannot be set up.
  [[nodiscard]] static Result<Platform> make(config::AppConfig app,
                                             std::chrono::milliseconds call_time,
                                             const Clock& clock);

  /// Lists the workers, the ended ones of the last days too; see `state::merge_listings`.
  /// @param longest  how long that may take, if a call may not take less.
  [[nodiscard]] Result<Look> look(unsigned recent_days,
                                  SteadyTime::duration longest = SteadyTime::duration::max());

  /// Asks for workers more. @return their ids; they may be fewer than were asked for.
  /// Where an error leaves open whether the platform did it, its message says so.
  [[nodiscard]] Result<std::vector<std::string>> scale_up(std::uint64_t count);

  /// Asks for workers to be removed; errors as of `scale_up`.
  [[nodiscard]] Result<void> scale_down(const api::ScaleDown& wanted);

  /// Lets time pass until `until`.
  void pause(SteadyTime until);

  [[nodiscard]] const api::AppRef& app() const { return app_.app; }

 private:
  Platform(config::AppConfig app, std::chrono::milliseconds call_time, const Clock& clock,
           std::unique_ptr<api::CurlTransport> transport);

  [[nodiscard]] Result<api::Listing> list(api::ListingKind kind, unsigned recent_days,
                                          SteadyTime deadline, Timestamp& now);
  [[nodiscard]] Result<api::HttpBody> change(std::string_view title, std::string path,
                                             std::string body);
  [[nodiscard]] api::HttpAnswer ask(api::HttpRequest request);

  config::AppConfig app_;
  std::chrono::milliseconds call_time_;
  const Clock* clock_;
  std::unique_ptr<api::CurlTransport> transport_;
  std::uint64_t last_id_ = 0;
};

}  // namespace everai::workers
