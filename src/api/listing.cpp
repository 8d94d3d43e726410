#include "api/listing.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>
#include <cstdlib>

#include "api/listing_builder.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

namespace ondemand = simdjson::ondemand;

// How deep lie the app's object, the array of workers, and a worker's object.
constexpr std::size_t kAppDepth = 1;
constexpr std::size_t kWorkersDepth = 2;
constexpr std::size_t kWorkerDepth = 3;

/// A parser that grew beyond this is not kept for the thread's next answer.
constexpr std::size_t kKeptParserBytes = 1024UL * 1024;
/// No number of so many digits is too large for a double.
constexpr std::size_t kSafeDigits = 300;

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool begins_with(ondemand::value value, char first) {
  return value.raw_json_token().starts_with(first);
}

/// Walks one answer. Every value is walked to its end, also those that nobody asked for: On-Demand
/// checks only what is looked at, and a body that is broken anywhere is not to be believed.
class ListingReader {
 public:
  explicit ListingReader(std::string_view body)
      : has_escapes_(body.find('\\') != std::string_view::npos), builder_(body.size()) {}

  /// Errors: see `parse_listing`, without the outer context.
  [[nodiscard]] Result<Listing> read(ondemand::document& document);

 private:
  // False: the body is to be refused, for the reason in `problem_`.
  template <typename Visit>
  bool for_each_field(ondemand::object object, Visit visit);
  bool take(ondemand::value value, std::size_t depth, Token& token);
  bool take_string(ondemand::value value, std::string_view text, Token& token) const;
  bool take_number(std::string_view text, Token& token);
  bool walk_array(ondemand::value value, std::size_t depth);
  bool walk_object(ondemand::value value, std::size_t depth);
  bool read_app_field(Field field, ondemand::value value);
  bool read_workers(ondemand::value value);
  bool read_worker(ondemand::value value);
  bool refuse(std::string_view problem) {
    problem_ = problem;
    return false;
  }

  bool has_escapes_;
  ListingBuilder builder_;
  std::string_view problem_ = "it is malformed or cut off";
};

Result<Listing> ListingReader::read(ondemand::document& document) {
  ondemand::object app;
  const bool good =
      document.get_object().get(app) == simdjson::SUCCESS &&
      for_each_field(app, [this](Field field, ondemand::value value) {
        return field == Field::kWorkers ? read_workers(value) : read_app_field(field, value);
      });
  if (!good) {
    return fail(ErrorCode::kPayload, std::string(problem_));
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return fail(ErrorCode::kPayload, "more follows it");
  }
  return builder_.finish();
}

/// Calls `visit(field, value)` for the fields of an object until it returns false.
template <typename Visit>
bool ListingReader::for_each_field(ondemand::object object, Visit visit) {
  for (auto item : object) {
    ondemand::field field;
    if (std::move(item).get(field) != simdjson::SUCCESS) {
      return false;
    }
    // Between a name's last quote and its value stand one colon and white space.
    const char* start = field.key().raw();
    const char* end = field.value().raw_json_token().data() - 1;
    while (*end != '"') {
      --end;
    }
    std::string_view name(start, static_cast<std::size_t>(end - start));
    if (has_escapes_ && name.find('\\') != std::string_view::npos &&
        field.unescaped_key().get(name) != simdjson::SUCCESS) {
      return false;
    }
    if (!visit(field_of(name), field.value())) {
      return false;
    }
  }
  return true;
}

bool ListingReader::take(ondemand::value value, std::size_t depth, Token& token) {
  std::string_view text = value.raw_json_token();
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  switch (text.empty() ? '\0' : text.front()) {
    case '"':
      token.form = Form::kString;
      return take_string(value, text, token);
    case '{':
      token.form = Form::kObject;
      return walk_object(value, depth + 1);
    case '[':
      token.form = Form::kArray;
      return walk_array(value, depth + 1);
    case 'n':
      token.form = Form::kNull;
      return text == "null";
    case 't':
      token.form = Form::kBool;
      return text == "true";
    case 'f':
      token.form = Form::kBool;
      return text == "false";
    default:
      token.form = Form::kNumber;
      return take_number(text, token);
  }
}

bool ListingReader::take_string(ondemand::value value, std::string_view text, Token& token) const {
  if (text.size() < 2 || text.back() != '"') {
    return false;
  }
  token.text = text.substr(1, text.size() - 2);
  if (has_escapes_ && token.text.find('\\') != std::string_view::npos) {
    return value.get_string().get(token.text) == simdjson::SUCCESS;
  }
  // A string that is not consumed would be taken for a name if a colon came next.
  return value.get_raw_json_string().error() == simdjson::SUCCESS;
}

bool ListingReader::take_number(std::string_view text, Token& token) {
  if (!is_json_number(text, token.is_integer)) {
    return false;
  }
  token.text = text;
  if (token.is_integer && text.size() <= kSafeDigits) {
    return true;
  }
  // Not simdjson's own: its versions differ on such as "0e99999999999999999999". The text ends at a
  // character that is no part of a number, at the latest at the padding.
  token.number = std::strtod(text.data(), nullptr);
  return std::isfinite(token.number) || refuse("a number is too large");
}

bool ListingReader::walk_array(ondemand::value value, std::size_t depth) {
  if (depth > kMaxNesting) {
    return refuse("it is nested too deep");
  }
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) {
    return false;
  }
  for (auto item : array) {
    ondemand::value element;
    Token token;
    if (item.get(element) != simdjson::SUCCESS || !take(element, depth, token)) {
      return false;
    }
  }
  return true;
}

bool ListingReader::walk_object(ondemand::value value, std::size_t depth) {
  if (depth > kMaxNesting) {
    return refuse("it is nested too deep");
  }
  ondemand::object object;
  return value.get_object().get(object) == simdjson::SUCCESS &&
         for_each_field(object, [this, depth](Field /*field*/, ondemand::value member) {
           Token token;
           return take(member, depth, token);
         });
}

bool ListingReader::read_app_field(Field field, ondemand::value value) {
  Token token;
  const bool good = take(value, kAppDepth, token);
  builder_.set_app_field(field, token);
  return good;
}

bool ListingReader::read_workers(ondemand::value value) {
  builder_.start_workers();
  if (!begins_with(value, '[')) {
    Token token;
    const bool good = take(value, kAppDepth, token);
    if (token.form != Form::kNull) {
      builder_.refuse_workers();
    }
    return good;
  }
  ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) {
    return false;
  }
  for (auto item : array) {
    ondemand::value element;
    if (item.get(element) != simdjson::SUCCESS || !read_worker(element)) {
      return false;
    }
  }
  return true;
}

bool ListingReader::read_worker(ondemand::value value) {
  if (!begins_with(value, '{')) {
    builder_.skip_worker();
    Token token;
    return take(value, kWorkersDepth, token);
  }
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return false;
  }
  builder_.start_worker();
  const bool good = for_each_field(object, [this](Field field, ondemand::value member) {
    Token token;
    if (!take(member, kWorkerDepth, token)) {
      return false;
    }
    builder_.set_worker_field(field, token);
    return true;
  });
  builder_.end_worker();
  return good;
}

tl::unexpected<Error> refuse_body(ErrorCode code, std::string_view problem) {
  return fail(code, fmt::format("body is no JSON object: {}", problem));
}

}  // namespace

Result<Listing> parse_listing(const PaddedText& body) {
  const std::string_view text = body.view();
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    return refuse_body(ErrorCode::kPayload, "it is empty");
  }
  // Also keeps a byte order mark from the parser, which one version skips and another does not.
  if (text[start] != '{') {
    return refuse_body(ErrorCode::kPayload,
                       fmt::format("it begins with '{}'", printable(text.substr(start), 40)));
  }
  thread_local ondemand::parser parser;
  ondemand::document document;
  const auto error =
      parser.iterate(text.data(), text.size(), text.size() + PaddedText::kPaddingBytes)
          .get(document);
  if (error != simdjson::SUCCESS) {
    return refuse_body(ErrorCode::kPayload, simdjson::error_message(error));
  }
  auto listing = ListingReader(text).read(document);
  if (parser.capacity() > kKeptParserBytes) {
    parser = ondemand::parser();
  }
  if (!listing) {
    return refuse_body(listing.error().code, listing.error().message);
  }
  return listing;
}

}  // namespace everai::api
