#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/json_text.hpp"
#include "util/secret.hpp"

namespace everai::api {

/// Whether an answer with status 200 is an error all the same, by the fields that the platform's
/// errors and those of gateways have: `{"code": 16, "message": "..."}`, `{"error": "..."}`,
/// `{"error": {"code": 404, "message": "..."}}`. A field that is set again has its last value.
/// Not thread-safe; lives for one answer, whose texts it refers to.
class AnswerError {
 public:
  void set_code(const Token& value);
  void set_message(const Token& value);
  void set_error(const Token& value);

  /// Says that `error` is an object, with fields that are set one by one.
  void start_inner();
  void set_inner_code(const Token& value);
  void set_inner_message(const Token& value);
  /// Any other field of it.
  void set_inner() { has_error_ = true; }

  /// What the error says, such as `the answer is an error: code 16: token expired`: printable, cut,
  /// and `<secret>` where it repeats one.
  /// @return nothing if the answer is no error: the fields are missing, null, 0, empty or false.
  [[nodiscard]] std::optional<std::string> describe(const std::vector<Secret>& secrets) const;

 private:
  bool has_code_ = false;
  bool has_message_ = false;
  bool has_error_ = false;
  // Empty if they are no text and no number.
  std::string_view code_;
  std::string_view message_;
  std::string_view error_;
  std::string_view inner_code_;
};

}  // namespace everai::api
