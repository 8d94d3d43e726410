#include "simulator/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "simulator/scale_answer.hpp"
#include "util/text.hpp"

namespace everai::simulator {
namespace {

constexpr std::string_view kApiPrefix = "/api/apps/v1/namespaces/";
constexpr std::string_view kOwnPrefix = "/simulator/";

using Call = Platform::Call;

/// Random streams of answers, far from those of the fleets.
constexpr std::uint64_t kAnswerStreams = 1U << 20U;

struct Verb {
  std::string_view segment;
  std::string_view method;
  Call call;
};

constexpr std::array<Verb, 3> kVerbs{{{"workers", "GET", Call::kList},
                                      {"workers:scale-up", "POST", Call::kScaleUp},
                                      {"workers:scale-down", "POST", Call::kScaleDown}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

/// Undoes percent-encoding; what is no escape stays as it is.
std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const char* const end = digits.data() + digits.size();
    if (text[i] == '%' && digits.size() == 2 &&
        std::from_chars(digits.data(), end, byte, 16).ptr == end) {
      decoded += static_cast<char>(byte);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::optional<bool> read_bool(std::string_view text) {
  // The spellings that Go's ParseBool takes, which the platform's gateway is written with.
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) {
      return false;
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

/// @return kPayload if a parameter has a value of a wrong type; unknown parameters are ignored.
Result<ListingQuery> parse_query(std::string_view text) {
  ListingQuery query;
  for (const std::string_view pair : split(text, '&')) {
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string value =
        equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1));
    if (name == "showAll") {
      const auto show_all = read_bool(value);
      if (!show_all) {
        return fail(ErrorCode::kPayload, "showAll is no boolean");
      }
      query.show_all = *show_all;
    } else if (name == "recentDays") {
      const auto days = read_number(value);
      if (!days) {
        return fail(ErrorCode::kPayload, "recentDays is no number");
      }
      query.recent_days = *days;
    }
  }
  return query;
}

}  // namespace

Platform::Platform(PlatformOptions options)
    : token_(std::move(options.token)),
      int64_form_(options.int64_form),
      clock_(options.world.start, options.time_factor, options.paused, real_.steady_now()),
      world_(options.world) {
  std::uint64_t stream = kAnswerStreams;
  for (const Fleet& fleet : world_.fleets()) {
    answer_random_.emplace(fleet.profile().app, Random(options.world.seed, stream++));
  }
}

void Platform::tick() {
  const std::lock_guard lock(mutex_);
  catch_up();
}

void Platform::catch_up() {
  world_.advance_to(clock_.now(real_.steady_now()));
}

HttpReply Platform::handle(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  catch_up();
  Answer answer = route(request);
  const Timestamp date = clock_.now(real_.steady_now()) + answer.clock_skew;
  return {.answer = std::move(answer), .date = date};
}

HttpReply Platform::error_reply(int status, std::string_view message) {
  const std::lock_guard lock(mutex_);
  return {.answer = refuse(status, message), .date = clock_.now(real_.steady_now())};
}

Answer Platform::route(const HttpRequest& request) {
  const std::string_view target = request.target;
  const std::size_t mark = target.find('?');
  const std::string_view path = target.substr(0, mark);
  const std::string_view query =
      mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  if (path.starts_with(kApiPrefix)) {
    return serve_api(request, path.substr(kApiPrefix.size()), query);
  }
  if (path.starts_with(kOwnPrefix)) {
    return serve_own(request, path.substr(kOwnPrefix.size()));
  }
  return refuse(404, "Not Found");
}

Answer Platform::serve_api(const HttpRequest& request, std::string_view path,
                           std::string_view query) {
  const std::vector<std::string_view> segments = split(path, '/');
  if (segments.size() != 4 || segments[1] != "apps") {
    return refuse(404, "Not Found");
  }
  const std::string last = percent_decode(segments[3]);
  const auto* const verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                        [&last](const Verb& row) { return row.segment == last; });
  if (verb == kVerbs.end()) {
    return refuse(404, "Not Found");
  }
  if (verb->method != request.method) {
    return refuse(501, "Method Not Allowed");
  }
  if (!is_authorized(request.authorization)) {
    return refuse(401, "invalid token");
  }
  const api::AppRef app{percent_decode(segments[0]), percent_decode(segments[2])};
  Fleet* const fleet = world_.find(app);
  if (fleet == nullptr) {
    return refuse(404, fmt::format("app {} not found", printable(to_string(app))));
  }
  Answer answer = serve_app(*fleet, verb->call, request, query);
  answer.clock_skew = fleet->faults().clock_skew;
  return answer;
}

Answer Platform::serve_app(Fleet& fleet, Call call, const HttpRequest& request,
                           std::string_view query) {
  if (call == Call::kList) {
    return list(fleet, query);
  }
  fleet.count_scale_call();
  const bool up = call == Call::kScaleUp;
  const auto scale =
      parse_scale_request(request.body, up ? "scaleUpWorkersNum" : "scaleDownWorkersNum");
  if (!scale) {
    return refuse(400, scale.error().message);
  }
  if (!up && !scale->count && scale->worker_ids.empty()) {
    return refuse(400, "neither scaleDownWorkersNum nor workerIds is given");
  }
  return answer_scale(fleet, up ? ScaleDirection::kUp : ScaleDirection::kDown, *scale,
                      answer_random_.at(fleet.profile().app));
}

Answer Platform::list(const Fleet& fleet, std::string_view query) {
  const auto parsed = parse_query(query);
  if (!parsed) {
    return refuse(400, parsed.error().message);
  }
  return answer_listing(fleet, *parsed, world_.now(), int64_form_,
                        answer_random_.at(fleet.profile().app));
}

Answer Platform::serve_own(const HttpRequest& request, std::string_view path) {
  if (path == "faults") {
    return serve_faults(request);
  }
  const bool known = path == "truth" || path == "pause" || path == "resume" || path == "quiesce" ||
                     path == "rollout";
  if (!known) {
    return refuse(404, "Not Found");
  }
  if (request.method != (path == "truth" ? "GET" : "POST")) {
    return refuse(501, "Method Not Allowed");
  }
  if (path == "pause") {
    clock_.pause(real_.steady_now());
    catch_up();
  } else if (path == "resume") {
    clock_.resume(real_.steady_now());
  } else if (path == "quiesce") {
    world_.stop_traffic();
  } else if (path == "rollout") {
    world_.begin_revisions();
  }
  return {.body = render_truth(world_, clock_.running())};
}

Answer Platform::serve_faults(const HttpRequest& request) {
  if (request.method == "POST") {
    const auto wanted = parse_faults_request(request.body);
    if (!wanted) {
      return refuse(400, wanted.error().message);
    }
    if (!world_.set_faults(*wanted)) {
      return refuse(404, fmt::format("app {} not found", printable(*wanted->app)));
    }
  } else if (request.method != "GET") {
    return refuse(501, "Method Not Allowed");
  }
  std::vector<AppFaults> apps;
  for (const Fleet& fleet : world_.fleets()) {
    apps.push_back({.app = fleet.profile().app, .faults = fleet.faults()});
  }
  return {.body = render_faults(apps)};
}

bool Platform::is_authorized(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  return token_.empty() || (authorization.starts_with(kScheme) &&
                            authorization.substr(kScheme.size()) == token_.reveal());
}

}  // namespace everai::simulator
