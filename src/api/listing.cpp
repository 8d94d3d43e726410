#include "api/listing.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdlib>
#include <utility>

#include "api/listing_builder.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

namespace ondemand = simdjson::ondemand;

/// A parser that grew beyond this is not kept for the thread's next answer.
constexpr std::size_t kKeptParserBytes = 1024UL * 1024;

constexpr bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

tl::unexpected<Error> refuse_body(std::string_view problem) {
  return fail(ErrorCode::kPayload, fmt::format("body is no JSON object: {}", problem));
}

bool begins_with(ondemand::value value, char first) {
  return value.raw_json_token().starts_with(first);
}

/// Walks one answer. Every value is walked to its end, also those that nobody asked for: On-Demand
/// checks only what is looked at, and a body that is broken anywhere is not to be believed.
class ListingReader {
 public:
  explicit ListingReader(std::string_view body)
      : body_(body),
        has_escapes_(body.find('\\') != std::string_view::npos),
        builder_(body.size()) {}

  /// @return kPayload if the body is malformed or cut off.
  [[nodiscard]] Result<void> read(ondemand::document& document);

  /// What was read.
  [[nodiscard]] ListingBuilder& builder() { return builder_; }

 private:
  // False: the body is malformed or cut off.
  template <typename Visit>
  bool for_each_field(ondemand::object object, Visit visit);
  static bool unescape(ondemand::field& field, std::string_view& name);
  bool take(ondemand::value value, Token& token) const;
  bool take_string(ondemand::value value, std::string_view text, Token& token) const;
  bool take_container(const char* start, Token& token) const;
  bool read_app_field(Field field, ondemand::value value);
  bool read_error(ondemand::value value);
  bool read_workers(ondemand::value value);
  bool read_worker(ondemand::value value);

  std::string_view body_;
  bool has_escapes_;
  ListingBuilder builder_;
};

Result<void> ListingReader::read(ondemand::document& document) {
  ondemand::object app;
  const bool good =
      document.get_object().get(app) == simdjson::SUCCESS &&
      for_each_field(app, [this](Field field, ondemand::value value) {
        return field == Field::kWorkers ? read_workers(value) : read_app_field(field, value);
      });
  if (!good) {
    return refuse_body("it is malformed or cut off");
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return refuse_body("more follows it");
  }
  return {};
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
    if (has_escapes_ && name.find('\\') != std::string_view::npos && !unescape(field, name)) {
      return false;
    }
    if (!visit(field_of(name), field.value())) {
      return false;
    }
  }
  return true;
}

/// @param name  as it is written; becomes empty if it is no text.
bool ListingReader::unescape(ondemand::field& field, std::string_view& name) {
  const Escapes escapes = escapes_in(name);
  if (escapes == Escapes::kGood) {
    return field.unescaped_key().get(name) == simdjson::SUCCESS;
  }
  name = {};
  return escapes == Escapes::kLoneSurrogate;
}

bool ListingReader::take(ondemand::value value, Token& token) const {
  std::string_view text = value.raw_json_token();
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  token.text = text;
  switch (text.empty() ? '\0' : text.front()) {
    case '"':
      return take_string(value, text, token);
    case '{':
      token.form = Form::kObject;
      return take_container(text.data(), token);
    case '[':
      token.form = Form::kArray;
      return take_container(text.data(), token);
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
      if (!is_json_number(text, token.is_integer)) {
        return false;
      }
      // Not simdjson's own: its versions differ on such as "0e99999999999999999999". The text ends
      // at a character that is no part of a number, at the latest at the padding.
      token.number = token.is_integer ? 0 : std::strtod(text.data(), nullptr);
      return true;
  }
}

bool ListingReader::take_string(ondemand::value value, std::string_view text, Token& token) const {
  if (text.size() < 2 || text.back() != '"') {
    return false;
  }
  token.form = Form::kString;
  token.text = text.substr(1, text.size() - 2);
  if (has_escapes_ && token.text.find('\\') != std::string_view::npos) {
    const Escapes escapes = escapes_in(token.text);
    if (escapes == Escapes::kGood) {
      return value.get_string().get(token.text) == simdjson::SUCCESS;
    }
    if (escapes == Escapes::kMalformed) {
      return false;
    }
    token.form = Form::kBrokenString;
  }
  // A string that is not consumed would be taken for a name if a colon came next.
  return value.get_raw_json_string().error() == simdjson::SUCCESS;
}

/// Does not consume the container: simdjson passes over what was not, however deep it is, but
/// checks nothing of it.
bool ListingReader::take_container(const char* start, Token& token) const {
  const auto at = static_cast<std::size_t>(start - body_.data());
  const std::optional<std::size_t> bytes = json_value_bytes(body_.substr(at));
  token.text = body_.substr(at, bytes.value_or(0));
  return bytes.has_value();
}

bool ListingReader::read_app_field(Field field, ondemand::value value) {
  if (field == Field::kError && begins_with(value, '{')) {
    return read_error(value);
  }
  Token token;
  const bool good = take(value, token);
  builder_.set_app_field(field, token);
  return good;
}

/// The form that gateways have: an error with fields of its own.
bool ListingReader::read_error(ondemand::value value) {
  ondemand::object object;
  builder_.start_error();
  return value.get_object().get(object) == simdjson::SUCCESS &&
         for_each_field(object, [this](Field field, ondemand::value member) {
           Token token;
           const bool good = take(member, token);
           builder_.set_error_field(field, token);
           return good;
         });
}

bool ListingReader::read_workers(ondemand::value value) {
  builder_.start_workers();
  if (!begins_with(value, '[')) {
    Token token;
    const bool good = take(value, token);
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
    builder_.skip_worker("not an object");
    Token token;
    return take(value, token);
  }
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) {
    return false;
  }
  builder_.start_worker();
  const bool good = for_each_field(object, [this](Field field, ondemand::value member) {
    Token token;
    if (!take(member, token)) {
      return false;
    }
    builder_.set_worker_field(field, token);
    return true;
  });
  builder_.end_worker();
  return good;
}

/// Reads a whole answer, and hands what it says to `finish`, while it is there.
template <typename Finish>
auto read_answer(const PaddedText& body, Finish finish)
    -> decltype(finish(std::declval<ListingBuilder&>())) {
  const std::string_view text = without_byte_order_mark(body.view());
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    return refuse_body("it is empty");
  }
  // Also keeps a second byte order mark from the parser, which one version skips and another does
  // not.
  if (text[start] != '{') {
    return refuse_body(fmt::format("it begins with '{}'", printable(text.substr(start), 40)));
  }
  thread_local ondemand::parser parser;
  ondemand::document document;
  const auto error =
      parser.iterate(text.data(), text.size(), text.size() + PaddedText::kPaddingBytes)
          .get(document);
  if (error != simdjson::SUCCESS) {
    return refuse_body(simdjson::error_message(error));
  }
  ListingReader reader(text);
  auto result =
      reader.read(document).and_then([&reader, &finish] { return finish(reader.builder()); });
  if (parser.capacity() > kKeptParserBytes) {
    parser = ondemand::parser();
  }
  return result;
}

}  // namespace

Result<Listing> parse_listing(const PaddedText& body, const std::vector<Secret>& secrets) {
  return read_answer(body, [&secrets](ListingBuilder& builder) { return builder.finish(secrets); });
}

Result<std::optional<std::string>> parse_error(const PaddedText& body,
                                               const std::vector<Secret>& secrets) {
  return read_answer(body, [&secrets](ListingBuilder& builder) {
    return Result<std::optional<std::string>>(builder.error().describe(secrets));
  });
}

}  // namespace everai::api
