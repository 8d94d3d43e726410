#include "simulator/scale_answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace everai::simulator {
namespace {

using Json = nlohmann::ordered_json;
using Body = ScaleBody;

/// More than anybody reads of an answer.
constexpr std::size_t kHugeBytes = 17UL * 1024 * 1024;
constexpr std::size_t kLongIdBytes = 300;
constexpr std::string_view kHtml = "<html>login</html>";
constexpr std::string_view kElsewhere = "https://login.invalid/";
/// U+009B, which begins an escape sequence, and U+202E, after which text is shown backwards.
constexpr std::string_view kOddEnd = "\xc2\x9b\xe2\x80\xae";  // NOLINT(*-misleading-bidirectional)

constexpr ScaleAnswer good(std::string_view name, Body body, std::string_view meaning) {
  return {.name = name, .body = body, .meaning = meaning};
}

constexpr ScaleAnswer other(std::string_view name, int status, Body body,
                            std::string_view meaning) {
  return {.name = name, .status = status, .body = body, .meaning = meaning};
}

/// What a platform answers that has not made the change.
constexpr ScaleAnswer refusal(std::string_view name, int status, Body body,
                              std::string_view meaning) {
  return {.name = name, .status = status, .body = body, .is_made = false, .meaning = meaning};
}

constexpr ScaleAnswer broken(std::string_view name, Delivery delivery, std::string_view meaning) {
  return {.name = name, .delivery = delivery, .meaning = meaning};
}

constexpr auto kAnswers = std::to_array<ScaleAnswer>({
    good("normal", Body::kNormal, "the platform's own: the ids of new workers, or {}"),
    good("html", Body::kHtml, "status 200 with an HTML page"),
    good("empty", Body::kEmpty, "status 200 with an empty body"),
    good("null-body", Body::kNull, "status 200 with null"),
    good("list", Body::kList, "status 200 with []"),
    good("text", Body::kText, "status 200 with a JSON string"),
    good("broken-json", Body::kBrokenJson, "status 200 with invalid JSON"),
    good("error-object", Body::kErrorObject, "status 200 with the code and message of an error"),
    good("error-member", Body::kErrorMember, "status 200 with an error in a field"),
    good("other-fields", Body::kOtherFields, "status 200 with fields that are not documented"),
    good("no-fields", Body::kNoFields, "status 200 with {}"),
    good("null-ids", Body::kNullIds, "status 200, the ids are null"),
    good("fewer", Body::kFewer, "status 200, the last id is missing"),
    good("more", Body::kMore, "status 200, there is one more id, of no worker"),
    good("twice", Body::kTwice, "status 200, the last id is the first one again"),
    good("empty-id", Body::kEmptyId, "status 200, the last id is empty"),
    good("number-ids", Body::kNumberIds, "status 200, the ids are numbers"),
    good("ids-and-error", Body::kIdsAndError, "status 200, the ids stand beside an error"),
    good("odd-ids", Body::kOddIds, "status 200, the ids have control characters"),
    good("long-ids", Body::kLongIds, "status 200, each id has 300 bytes"),
    good("huge", Body::kHuge, "status 200, the ids stand in a body of 17 MiB"),
    other("201", 201, Body::kNormal, "status 201"),
    other("202", 202, Body::kNormal, "status 202"),
    other("204", 204, Body::kEmpty, "status 204 without a body"),
    other("301", 301, Body::kEmpty, "status 301, to a host that is not there"),
    other("303", 303, Body::kEmpty, "status 303, likewise"),
    other("307", 307, Body::kEmpty, "status 307, likewise"),
    refusal("400", 400, Body::kRefusal, "status 400, a refusal"),
    refusal("401", 401, Body::kRefusal, "status 401, a refusal"),
    refusal("402", 402, Body::kRefusal, "status 402, a refusal"),
    refusal("403", 403, Body::kRefusal, "status 403, a refusal"),
    refusal("403-html", 403, Body::kHtml, "status 403 with an HTML page, a refusal"),
    refusal("404", 404, Body::kRefusal, "status 404, a refusal"),
    other("408", 408, Body::kRefusal, "status 408"),
    refusal("409", 409, Body::kRefusal, "status 409, a refusal"),
    refusal("429", 429, Body::kRefusal, "status 429 with Retry-After, a refusal"),
    other("499", 499, Body::kRefusal, "status 499"),
    other("500", 500, Body::kRefusal, "status 500"),
    other("502-html", 502, Body::kHtml, "status 502 with an HTML page"),
    other("503", 503, Body::kRefusal, "status 503"),
    other("504", 504, Body::kRefusal, "status 504"),
    broken("hang", Delivery::kNever, "no answer comes, and the connection stays open"),
    broken("close", Delivery::kClosed, "no answer comes, and the connection is closed"),
    broken("reset", Delivery::kReset, "no answer comes, and the connection is reset"),
    broken("cut-off", Delivery::kCutOff, "the answer breaks off in the middle of its body"),
});

/// A change that was made, or seems to have been.
struct Change {
  ScaleDirection direction;
  std::vector<std::string> ids;  ///< of the new workers, or those that were named
};

Json error_fields() {
  return {{"code", 7}, {"message", "permission denied"}};
}

Json render_ids(const std::vector<std::string>& ids) {
  return {{"workerIds", ids}};
}

/// The ids with one thing wrong.
Json render_wrong_ids(Body body, std::vector<std::string> ids, Random& random) {
  const bool none = ids.empty();
  if (body == Body::kMore) {
    ids.push_back(random.id());
  } else if (body == Body::kFewer && !none) {
    ids.pop_back();
  } else if (body == Body::kTwice && !none) {
    ids.back() = ids.front();
  } else if (body == Body::kEmptyId && !none) {
    ids.back().clear();
  }
  for (std::string& id : ids) {
    if (body == Body::kOddIds) {
      id = fmt::format("\x1b[2J\x07\"{}\n{}", id, kOddEnd);
    } else if (body == Body::kLongIds) {
      id.resize(std::max(kLongIdBytes, id.size()), 'x');
    }
  }
  return render_ids(ids);
}

Json render_number_ids(std::size_t count) {
  std::vector<std::size_t> ids(count);
  for (std::size_t i = 0; i < count; ++i) {
    ids[i] = i + 1;
  }
  return {{"workerIds", ids}};
}

/// The JSON object of a body that is one.
Json render_object(Body body, const Change& change, Random& random) {
  const bool up = change.direction == ScaleDirection::kUp;
  Json object = Json::object();
  switch (body) {
    case Body::kErrorObject:
      return error_fields();
    case Body::kErrorMember:
      return {{"error", {{"code", "404"}, {"message", "app not found"}}}};
    case Body::kOtherFields:
      return up ? Json{{"worker_ids", change.ids}} : Json{{"success", false}};
    case Body::kNullIds:
      return {{"workerIds", nullptr}};
    case Body::kNumberIds:
      return render_number_ids(change.ids.size());
    case Body::kIdsAndError:
      object = render_ids(change.ids);
      object.update(error_fields());
      return object;
    case Body::kHuge:
      object = render_ids(change.ids);
      object["padding"] = std::string(kHugeBytes, 'x');
      return object;
    default:
      return render_wrong_ids(body, change.ids, random);
  }
}

std::string render_body(const ScaleAnswer& answer, const Change& change, Random& random) {
  switch (answer.body) {
    case Body::kNormal:
      return change.direction == ScaleDirection::kUp ? render_worker_ids(change.ids) : "{}";
    case Body::kRefusal:
      return render_error(answer.status, "the simulator was asked to answer like this");
    case Body::kHtml:
      return std::string(kHtml);
    case Body::kEmpty:
      return "";
    case Body::kNull:
      return "null";
    case Body::kList:
      return "[]";
    case Body::kText:
      return R"("ok")";
    case Body::kBrokenJson:
      return "{";
    case Body::kNoFields:
      return "{}";
    default:
      return render_object(answer.body, change, random).dump();
  }
}

/// @return kNotFound, and nothing is changed, if an id is that of no worker.
Result<Change> make_change(Fleet& fleet, ScaleDirection direction, const ScaleRequest& request) {
  if (direction == ScaleDirection::kUp) {
    return Change{direction, fleet.scale_up(request.count.value_or(1))};
  }
  return fleet.scale_down(request.worker_ids, request.count.value_or(0)).map([&] {
    return Change{direction, request.worker_ids};
  });
}

/// The same, of which the fleet hears nothing: new workers have ids that none will ever have.
Result<Change> pretend_change(Fleet fleet, ScaleDirection direction, const ScaleRequest& request,
                              Random& random) {
  return make_change(fleet, direction, request).map([&](Change change) {
    if (direction == ScaleDirection::kUp) {
      std::generate(change.ids.begin(), change.ids.end(), [&random] { return random.id(); });
    }
    return change;
  });
}

}  // namespace

std::span<const ScaleAnswer> scale_answers() {
  return kAnswers;
}

const ScaleAnswer* find_scale_answer(std::string_view name) {
  const auto* const found =
      std::find_if(kAnswers.begin(), kAnswers.end(),
                   [name](const ScaleAnswer& each) { return each.name == name; });
  return found == kAnswers.end() ? nullptr : found;
}

std::string describe_scale_answers() {
  std::string text;
  for (const ScaleAnswer& each : kAnswers) {
    text += fmt::format("  {:<14} {}\n", each.name, each.meaning);
  }
  return text;
}

Answer answer_scale(Fleet& fleet, ScaleDirection direction, const ScaleRequest& request,
                    Random& random) {
  const Faults& faults = fleet.faults();
  const ScaleAnswer& wanted = *find_scale_answer(faults.scale_answer);
  Result<Change> change = Change{direction, {}};
  if (wanted.is_made) {
    const bool ignored = faults.scale_ignored > 0 && random.chance(faults.scale_ignored);
    change = ignored ? pretend_change(fleet, direction, request, random)
                     : make_change(fleet, direction, request);
  }
  if (!change) {
    return refuse(404, change.error().message);
  }
  Answer answer{.status = wanted.status, .body = render_body(wanted, *change, random)};
  answer.delivery = wanted.delivery;
  if (wanted.status == 429) {
    answer.retry_after = std::chrono::ceil<std::chrono::seconds>(faults.retry_after);
  }
  if (wanted.body == Body::kHtml) {
    answer.content_type = "text/html";
  }
  if (wanted.status >= 300 && wanted.status < 400) {
    answer.location = kElsewhere;
  }
  return answer;
}

}  // namespace everai::simulator
