#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/client.hpp"
#include "fake_clock.hpp"

namespace everai::test {

/// A platform in the same thread: a function answers each request, after a delay on the fake clock.
class FakeClient final : public api::Client {
 public:
  struct Reply {
    Result<std::string> body = std::string("{}");
    std::optional<Timestamp> date = std::nullopt;
    std::chrono::milliseconds delay{0};
  };

  FakeClient(FakeClock& clock, std::function<Reply(const api::ListingRequest&)> platform)
      : clock_(clock), platform_(std::move(platform)) {}

  void start(api::ListingRequest request) override {
    Reply reply = platform_(request);
    SteadyTime at = clock_.steady_now() + reply.delay;
    if (at > request.deadline) {
      at = request.deadline;
      reply.body = fail(ErrorCode::kTimeout,
                        std::string(api::title_of(request.kind)) + ": no answer in time");
    }
    api::ListingAnswer answer{.id = request.id,
                              .kind = request.kind,
                              .http_status = reply.body ? 200 : 0,
                              .duration = reply.delay,
                              .body = reply.body.map([&reply](const std::string& text) {
                                return api::ListingBody{api::PaddedText(text), reply.date};
                              })};
    pending_.emplace_back(at, std::move(answer));
    requests.push_back(std::move(request));
    most_open = std::max(most_open, pending_.size());
  }

  /// Moves the clock to the first answer that is due by `until`, else to `until`.
  [[nodiscard]] std::vector<api::ListingAnswer> wait(SteadyTime until) override {
    std::stable_sort(pending_.begin(), pending_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    const SteadyTime at = pending_.empty() ? until : std::min(until, pending_.front().first);
    if (at > clock_.steady_now()) {
      clock_.advance(std::chrono::ceil<std::chrono::milliseconds>(at - clock_.steady_now()));
    }
    std::vector<api::ListingAnswer> answers;
    while (!pending_.empty() && pending_.front().first <= clock_.steady_now()) {
      answers.push_back(std::move(pending_.front().second));
      pending_.erase(pending_.begin());
    }
    return answers;
  }

  void wake() override { ++wakes; }
  void renew() override { ++renewals; }

  std::vector<api::ListingRequest> requests;  ///< all that were started
  std::size_t most_open = 0;
  int wakes = 0;
  int renewals = 0;

 private:
  FakeClock& clock_;
  std::function<Reply(const api::ListingRequest&)> platform_;
  std::vector<std::pair<SteadyTime, api::ListingAnswer>> pending_;
};

}  // namespace everai::test
