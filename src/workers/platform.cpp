#include "workers/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/http_text.hpp"
#include "api/listing.hpp"
#include "util/version.hpp"
#include "workers/cut_listing.hpp"

namespace everai::workers {
namespace {

/// What a failed call for a change tells of it.
ChangeAnswer judge_failure(const api::HttpAnswer& answer) {
  ChangeAnswer judged{.outcome = Outcome::kUnknown, .new_ids = {}, .error = answer.body.error()};
  if (!answer.sent) {
    judged.outcome = Outcome::kNotSent;
    judged.error->message += "; it was not sent";
  } else if (api::is_refusal(answer.http_status)) {
    judged.outcome = Outcome::kRefused;
  } else {
    judged.error->message += kPerhapsDone;
  }
  return judged;
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
                                    SteadyTime deadline, Look& look) {
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
  look.now = answer.body->date.value_or(look.now);
  Result<api::Listing> listing = api::parse_listing(answer.body->text, answer.body->secrets);
  if (!listing) {
    listing.error().message.insert(0, fmt::format("{}: ", title));
  } else if (const std::string sign = sign_of_cut(answer.body->text.view(), *listing);
             !sign.empty()) {
    look.cut = fmt::format("{}: {}", title, sign);
  }
  return listing;
}

Result<Look> Platform::look(unsigned recent_days, SteadyTime::duration longest,
                            SteadyTime::duration history_longest) {
  const SteadyTime deadline = deadline_of(longest);
  Result<Look> look = look_by(deadline);
  if (!look) {
    return look;
  }
  Result<api::Listing> history = list(api::ListingKind::kHistory, recent_days,
                                      std::min(deadline, deadline_of(history_longest)), *look);
  if (history) {
    look->history = std::move(*history);
  } else {
    look->history_error = std::move(history.error());
  }
  merge(*look);
  return look;
}

Result<Look> Platform::look_live(SteadyTime::duration longest) {
  Result<Look> look = look_by(deadline_of(longest));
  if (look) {
    merge(*look);
  }
  return look;
}

/// Puts together what the listings say.
void Platform::merge(Look& look) {
  const api::Listing* history = look.history ? &*look.history : nullptr;
  look.fleet = state::merge_listings(look.live, history);
  look.full_page = may_be_full_page(look.live, history);
}

SteadyTime Platform::deadline_of(SteadyTime::duration longest) const {
  return clock_->steady_now() + std::min<SteadyTime::duration>(call_time_, longest);
}

/// The live listing, not merged yet.
Result<Look> Platform::look_by(SteadyTime deadline) {
  Look look;
  look.now = clock_->system_now();
  constexpr unsigned kNoDays = 0;
  Result<api::Listing> live = list(api::ListingKind::kLive, kNoDays, deadline, look);
  if (!live) {
    return tl::unexpected(live.error());
  }
  look.live = std::move(*live);
  return look;
}

ChangeAnswer Platform::change(std::string_view title, std::string path, std::string body,
                              const ParseAnswer& parse) {
  const api::HttpAnswer answer = ask({.id = ++last_id_,
                                      .account = app_.account,
                                      .title = title,
                                      .target = std::move(path),
                                      .json = std::move(body),
                                      .deadline = clock_->steady_now() + call_time_});
  if (!answer.body) {
    return judge_failure(answer);
  }
  Result<std::vector<std::string>> ids = parse(answer.body->text, answer.body->secrets);
  if (!ids) {
    ids.error().message = fmt::format("{}: {}{}", title, ids.error().message, kPerhapsDone);
    return {.outcome = Outcome::kUnknown, .new_ids = {}, .error = std::move(ids.error())};
  }
  return {.outcome = Outcome::kAccepted, .new_ids = std::move(*ids), .error = {}};
}

ChangeAnswer Platform::scale_up(std::uint64_t count) {
  return change("POST scale-up", api::scale_up_path(app_.app), api::render_scale_up(count),
                &api::parse_scale_up_answer);
}

ChangeAnswer Platform::scale_down(const api::ScaleDown& wanted) {
  const auto parse = [](const api::PaddedText& body, const std::vector<Secret>& secrets) {
    return api::parse_scale_down_answer(body, secrets).map([] {
      return std::vector<std::string>();
    });
  };
  return change("POST scale-down", api::scale_down_path(app_.app), api::render_scale_down(wanted),
                parse);
}

void Platform::pause(SteadyTime until) {
  while (clock_->steady_now() < until) {
    // No request is open: no answer can come.
    static_cast<void>(transport_->wait(until));
  }
}

}  // namespace everai::workers
