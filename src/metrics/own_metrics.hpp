#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/client.hpp"
#include "metrics/family.hpp"

namespace everai::metrics {

/// The metrics that are about no app: the exporter's own, and those of devices. A series that was
/// not there from the start is shown at 0 once before it counts, so that its first count is an
/// increase. Thread-safe.
class OwnMetrics {
 public:
  OwnMetrics();
  OwnMetrics(const OwnMetrics&) = delete;
  OwnMetrics& operator=(const OwnMetrics&) = delete;
  OwnMetrics(OwnMetrics&&) = delete;
  OwnMetrics& operator=(OwnMetrics&&) = delete;
  ~OwnMetrics();

  /// Counts a request to the platform's API and, if it was sent, its duration.
  void count_api_request(const api::ListingAnswer& answer);
  /// Notes how far ahead of ours the platform's clock is.
  void set_clock_skew(std::chrono::microseconds skew);
  /// Notes how late the last poll was started.
  void set_poll_lag(std::chrono::milliseconds lag);
  /// @param field  of the API: `status` or `detailStatus`.
  void count_unknown_enum_value(std::string_view field);
  /// @param field  of the API, such as `launchAt`, whose time is impossible.
  void count_clock_anomaly(std::string_view field);
  /// @param field  of the API, such as `memory`, that had a wrong type `count` times.
  void count_unreadable_field(std::string_view field, std::uint64_t count);
  /// @param device  a host, or "other": the caller bounds their number.
  void count_device_error(std::string_view device);
  /// Goes on from what an earlier run counted, which was shown then.
  void restore_device_errors(std::string_view device, std::uint64_t errors);
  /// Counts an answer of ours. @param handler  a path that we serve, or "other".
  void count_http_request(std::string_view handler, int status);
  /// Notes which of the exporters this is that share all the apps. @param number  from 0.
  void set_shard(unsigned number, unsigned total);
  /// Notes that the configuration was loaded.
  void set_config_loaded(Timestamp when);
  /// Notes that the configuration could not be loaded anew.
  void set_config_failed();

  /// The families, sorted by name, their series by labels, to be shown to who scrapes: what new
  /// series count is in the next ones.
  [[nodiscard]] std::vector<OwnFamily> collect();

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace everai::metrics
