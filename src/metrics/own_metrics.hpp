#pragma once

#include <memory>
#include <vector>

#include "api/client.hpp"
#include "metrics/family.hpp"

namespace everai::metrics {

/// The exporter's metrics about itself. Thread-safe.
class OwnMetrics {
 public:
  OwnMetrics();
  OwnMetrics(const OwnMetrics&) = delete;
  OwnMetrics& operator=(const OwnMetrics&) = delete;
  OwnMetrics(OwnMetrics&&) = delete;
  OwnMetrics& operator=(OwnMetrics&&) = delete;
  ~OwnMetrics();

  /// Counts a request to the platform's API. @param http_status  0: no answer came.
  void count_api_request(api::ListingKind kind, int http_status);

  /// The families, sorted by name, their series by labels.
  [[nodiscard]] std::vector<OwnFamily> collect() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace everai::metrics
