#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exposition/text.hpp"
#include "metrics/own_metrics.hpp"
#include "state/snapshot_store.hpp"
#include "util/clock.hpp"

namespace everai::exposition {

/// The metrics page, kept until a poll publishes something new or it is a second old (so that the
/// exporter's own metrics move). Thread-safe.
class Page {
 public:
  /// All must outlive the page. @param more  gives further families; thread-safe.
  Page(const state::SnapshotStore& store, metrics::OwnMetrics& own, const Clock& clock,
       std::function<std::vector<metrics::OwnFamily>()> more = {})
      : store_(store), own_(own), clock_(clock), more_(std::move(more)) {}

  /// The page as it is now; never null. It stays as it is while someone holds it.
  [[nodiscard]] std::shared_ptr<const std::string> text();

  /// The next page is to be rendered anew.
  void expire();

  /// The series of one app, for people. @param app  `NAMESPACE/NAME`.
  /// @return null if there is no such app.
  [[nodiscard]] std::shared_ptr<const std::string> text_of(std::string_view app) const;

 private:
  const state::SnapshotStore& store_;
  metrics::OwnMetrics& own_;
  const Clock& clock_;
  std::function<std::vector<metrics::OwnFamily>()> more_;
  std::mutex mutex_;
  TextRenderer renderer_;
  std::string buffer_;
  std::shared_ptr<const std::string> text_;
  std::uint64_t version_ = 0;
  SteadyTime rendered_at_;
};

}  // namespace everai::exposition
