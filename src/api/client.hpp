#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "api/account.hpp"
#include "api/http.hpp"
#include "api/types.hpp"
#include "util/clock.hpp"
#include "util/result.hpp"

namespace everai::api {

/// The two listings that make up a poll: see "List workers" of the platform's API.
enum class ListingKind : std::uint8_t {
  kLive,     ///< without `showAll`: the workers that are there
  kHistory,  ///< `showAll=true&recentDays=N`: deleted and errored ones too
};

/// The `endpoint` label's value of a listing.
[[nodiscard]] std::string_view to_string(ListingKind kind);

/// How messages name the request for a listing, such as `GET workers (live)`.
[[nodiscard]] std::string_view title_of(ListingKind kind);

struct ListingRequest {
  std::uint64_t id = 0;  ///< the caller's; unique among the open requests
  AppRef app;
  std::shared_ptr<const Account> account;  ///< whom to ask, and as whom; not null
  ListingKind kind = ListingKind::kLive;
  unsigned recent_days = 1;  ///< of a history listing
  SteadyTime deadline;       ///< the answer is complete by then, or the request fails with kTimeout
};

using ListingBody = HttpBody;

struct ListingAnswer {
  std::uint64_t id = 0;
  ListingKind kind = ListingKind::kLive;
  int http_status = 0;                                ///< 0: no answer came
  std::optional<std::chrono::microseconds> duration;  ///< nothing: it was not even sent
  Result<ListingBody> body;
};

/// Asks the platform for listings, many at a time. It can read and nothing else.
/// Not thread-safe but for `wake`; owned by the poller.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  Client(Client&&) = delete;
  Client& operator=(Client&&) = delete;
  virtual ~Client() = default;

  /// Sends a request. Its answer, good or not, comes out of a later `wait`.
  virtual void start(ListingRequest request) = 0;

  /// Waits until an answer is there, `wake` was called, or it is `until`.
  /// @return the answers that came; errors: the first kPollFailureReasons codes of ErrorCode.
  [[nodiscard]] virtual std::vector<ListingAnswer> wait(SteadyTime until) = 0;

  /// Ends a `wait` at once, the one under way or the next. Thread-safe.
  virtual void wake() = 0;

  /// Uses no connection and no looked-up address of before for the requests from now on.
  virtual void renew() = 0;
};

}  // namespace everai::api
