#include "workers/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/http_text.hpp"
#include "api/listing.hpp"
#include "util/version.hpp"

namespace everai::workers {
namespace {

constexpr std::string_view kPerhapsDone = "; it may have been done all the same, look with list";

/// An error of a change, by what the platform did: it judged the request, or who knows.
Error error_of_change(const api::HttpAnswer& answer) {
  Error error = answer.body.error();
  const bool judged = answer.http_status >= 400 && answer.http_status < 500;
  if (judged &&
      (error.code == ErrorCode::kServerError || error.code == ErrorCode::kPaymentRequired)) {
    error.code = ErrorCode::kRefused;
  }
  // Without a token, say, nothing was sent.
  if (!judged && answer.duration) {
    error.message += kPerhapsDone;
  }
  return error;
}

}  // namespace

Result<Platform> Platform::make(config::AppConfig app, std::chrono::milliseconds call_time,
                                const Clock& clock) {
  auto transport =
      api::CurlTransport::make({.user_agent = fmt::format("everai_workers/{}", version())}, clock);
  if (!transport) {
    return tl::unexpected(transport.error());
  }
  return Platform(std::move(app), call_time, clock, std::move(*transport));
}

Platform::Platform(config::AppConfig app, std::chrono::milliseconds call_time, const Clock& clock,
                   std::unique_ptr<api::CurlTransport> transport)
    : app_(std::move(app)),
      call_time_(call_time),
      clock_(&clock),
      transport_(std::move(transport)) {}

api::HttpAnswer Platform::ask(api::HttpRequest request) {
  const SteadyTime deadline = request.deadline;
  transport_->start(std::move(request));
  for (;;) {
    std::vector<api::HttpAnswer> answers = transport_->wait(deadline);
    if (!answers.empty()) {
      return std::move(answers.front());
    }
  }
}

Result<api::Listing> Platform::list(api::ListingKind kind, unsigned recent_days,
                                    SteadyTime deadline, Timestamp& now) {
  const std::string_view title = api::title_of(kind);
  const api::HttpAnswer answer = ask({.id = ++last_id_,
                                      .account = app_.account,
                                      .title = title,
                                      .target = api::listing_target(app_.app, kind, recent_days),
                                      .json = std::nullopt,
                                      .deadline = deadline});
  if (!answer.body) {
    return tl::unexpected(answer.body.error());
  }
  now = answer.body->date.value_or(now);
  return api::parse_listing(answer.body->text, answer.body->secrets)
      .map_error([title](Error error) {
        error.message = fmt::format("{}: {}", title, error.message);
        return error;
      });
}

Result<Look> Platform::look(unsigned recent_days, SteadyTime::duration longest) {
  const SteadyTime deadline =
      clock_->steady_now() + std::min<SteadyTime::duration>(call_time_, longest);
  Look look;
  look.now = clock_->system_now();
  Result<api::Listing> live = list(api::ListingKind::kLive, recent_days, deadline, look.now);
  if (!live) {
    return tl::unexpected(live.error());
  }
  Result<api::Listing> history = list(api::ListingKind::kHistory, recent_days, deadline, look.now);
  if (!history) {
    return tl::unexpected(history.error());
  }
  look.live = std::move(*live);
  look.history = std::move(*history);
  look.fleet = state::merge_listings(look.live, &look.history);
  return look;
}

Result<api::HttpBody> Platform::change(std::string_view title, std::string path, std::string body) {
  api::HttpAnswer answer = ask({.id = ++last_id_,
                                .account = app_.account,
                                .title = title,
                                .target = std::move(path),
                                .json = std::move(body),
                                .deadline = clock_->steady_now() + call_time_});
  if (!answer.body) {
    return tl::unexpected(error_of_change(answer));
  }
  if (const auto error = api::parse_error(answer.body->text, answer.body->secrets);
      error && *error) {
    return fail(ErrorCode::kPayload, fmt::format("{}: {}{}", title, **error, kPerhapsDone));
  }
  return std::move(*answer.body);
}

Result<std::vector<std::string>> Platform::scale_up(std::uint64_t count) {
  constexpr std::string_view kTitle = "POST scale-up";
  return change(kTitle, api::scale_up_path(app_.app), api::render_scale_up(count))
      .and_then([kTitle](const api::HttpBody& body) {
        return api::parse_new_worker_ids(body.text.view()).map_error([kTitle](Error error) {
          error.message = fmt::format("{}: it was done, but {}", kTitle, error.message);
          return error;
        });
      });
}

Result<void> Platform::scale_down(const api::ScaleDown& wanted) {
  return change("POST scale-down", api::scale_down_path(app_.app), api::render_scale_down(wanted))
      .map([](const api::HttpBody&) {});
}

void Platform::pause(SteadyTime until) {
  while (clock_->steady_now() < until) {
    // No request is open: no answer can come.
    static_cast<void>(transport_->wait(until));
  }
}

}  // namespace everai::workers
