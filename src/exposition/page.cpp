#include "exposition/page.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "metrics/dropped_series.hpp"
#include "metrics/process_metrics.hpp"

namespace everai::exposition {
namespace {

constexpr std::chrono::seconds kLongestAge{1};

}  // namespace

std::shared_ptr<const std::string> Page::text() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  const std::uint64_t version = store_.version();
  if (text_ && version_ == version && now - rendered_at_ < kLongestAge) {
    return text_;
  }
  std::vector<metrics::OwnFamily> own = own_.collect();
  std::vector<metrics::OwnFamily> process = metrics::process_metrics();
  std::move(process.begin(), process.end(), std::back_inserter(own));
  if (more_) {
    std::vector<metrics::OwnFamily> more = more_();
    std::move(more.begin(), more.end(), std::back_inserter(own));
  }
  const auto snapshots = store_.snapshots();
  own.push_back(metrics::dropped_series(snapshots));
  renderer_.render(snapshots, own, now, buffer_);
  text_ = std::make_shared<const std::string>(buffer_);
  version_ = version;
  rendered_at_ = now;
  return text_;
}

void Page::expire() {
  const std::lock_guard lock(mutex_);
  text_.reset();
}

std::shared_ptr<const std::string> Page::text_of(std::string_view app) const {
  const auto snapshots = store_.snapshots();
  const auto found = std::find_if(snapshots.begin(), snapshots.end(), [app](const auto& snapshot) {
    return api::to_string(snapshot->app) == app;
  });
  if (found == snapshots.end()) {
    return nullptr;
  }
  std::string text;
  TextRenderer().render({&*found, 1}, {}, clock_.steady_now(), text);
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace everai::exposition
