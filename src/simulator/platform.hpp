#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/answer.hpp"
#include "simulator/api_json.hpp"
#include "simulator/sim_clock.hpp"
#include "simulator/world.hpp"
#include "util/secret.hpp"

namespace everai::simulator {

/// A request as it came over the wire.
struct HttpRequest {
  std::string method;
  std::string target;  ///< path and query, percent-encoded
  std::string authorization;
  std::string body;
};

struct HttpReply {
  Answer answer;
  Timestamp date;  ///< by the clock of the one who answers, for the `Date` header
};

struct PlatformOptions {
  WorldOptions world;
  double time_factor = 1;  ///< simulated seconds in a real one; above 0
  bool paused = false;     ///< begin with simulated time frozen
  Secret token;            ///< what the API asks for; empty: anybody may call it
  Int64Form int64_form = Int64Form::kNumber;
};

/// The fake platform behind its web server: a World in simulated time, and the answers to requests.
/// Under /api it is the platform, under /simulator it tells and controls what a platform would not.
/// Thread-safe.
class Platform {
 public:
  /// What the API offers for an app.
  enum class Call : std::uint8_t { kList, kScaleUp, kScaleDown };

  explicit Platform(PlatformOptions options);

  /// Brings the world up to date, so that later calls have less to catch up.
  void tick();

  /// Answers any request: unknown paths with 404, other methods than those of the API with 501.
  [[nodiscard]] HttpReply handle(const HttpRequest& request);

  /// The reply to a request that never reached `handle`, such as one that is no HTTP.
  [[nodiscard]] HttpReply error_reply(int status, std::string_view message);

 private:
  void catch_up();
  [[nodiscard]] Answer route(const HttpRequest& request);
  [[nodiscard]] Answer serve_api(const HttpRequest& request, std::string_view path,
                                 std::string_view query);
  [[nodiscard]] Answer serve_app(Fleet& fleet, Call call, const HttpRequest& request,
                                 std::string_view query);
  [[nodiscard]] Answer serve_own(const HttpRequest& request, std::string_view path);
  [[nodiscard]] Answer serve_faults(const HttpRequest& request);
  [[nodiscard]] Answer list(const Fleet& fleet, std::string_view query);
  [[nodiscard]] bool is_authorized(std::string_view authorization) const;

  const Secret token_;
  const Int64Form int64_form_;
  std::mutex mutex_;  ///< guards what follows
  SystemClock real_;
  SimClock clock_;
  World world_;
  std::map<api::AppRef, Random> answer_random_;  ///< for the faults of each app's answers
};

}  // namespace everai::simulator
