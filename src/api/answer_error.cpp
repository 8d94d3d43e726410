#include "api/answer_error.hpp"

#include <fmt/format.h>

#include "api/error_body.hpp"
#include "util/redact.hpp"
#include "util/text.hpp"

namespace everai::api {
namespace {

/// Whether a value says that there is no error.
bool is_nothing(const Token& value) {
  switch (value.form) {
    case Form::kNull:
      return true;
    case Form::kBool:
      return value.text == "false";
    case Form::kNumber:
      return value.is_integer ? value.text == "0" || value.text == "-0" : value.number == 0;
    case Form::kString:
      return value.text.empty() || value.text == "0";
    case Form::kBrokenString:
      return false;
    case Form::kArray:
    case Form::kObject:
      return value.text.find_first_not_of(" \t\r\n", 1) == value.text.size() - 1;
  }
  return false;
}

std::string_view shown(const Token& value) {
  return value.form == Form::kString || value.form == Form::kNumber ? value.text
                                                                    : std::string_view{};
}

std::string_view first_of(std::string_view preferred, std::string_view other) {
  return preferred.empty() ? other : preferred;
}

}  // namespace

void AnswerError::set_code(const Token& value) {
  has_code_ = !is_nothing(value);
  code_ = has_code_ ? shown(value) : std::string_view{};
}

void AnswerError::set_message(const Token& value) {
  has_message_ = !is_nothing(value);
  message_ = has_message_ ? shown(value) : std::string_view{};
}

void AnswerError::set_error(const Token& value) {
  has_error_ = !is_nothing(value);
  error_ = has_error_ ? shown(value) : std::string_view{};
  inner_code_ = {};
}

void AnswerError::start_inner() {
  set_error(Token{});
}

void AnswerError::set_inner_code(const Token& value) {
  has_error_ = true;
  inner_code_ = is_nothing(value) ? std::string_view{} : shown(value);
}

void AnswerError::set_inner_message(const Token& value) {
  has_error_ = true;
  error_ = is_nothing(value) ? std::string_view{} : shown(value);
}

std::optional<std::string> AnswerError::describe(const std::vector<Secret>& secrets) const {
  if (!has_code_ && !has_message_ && !has_error_) {
    return std::nullopt;
  }
  const auto part = [&secrets](const char* before, std::string_view text) {
    const std::string_view front = text.substr(0, kErrorBodyBytes);
    return text.empty() ? "" : before + printable(without_secrets(front, secrets));
  };
  return "the answer is an error" + part(": code ", first_of(code_, inner_code_)) +
         part(": ", first_of(message_, error_));
}

}  // namespace everai::api
