#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/answer_error.hpp"
#include "api/json_text.hpp"
#include "api/listing_fields.hpp"
#include "api/types.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

/// The half of the listing parser that knows what the fields mean, and nothing of JSON's structure.
namespace everai::api {

/// Makes a Listing of values in the order of the body. A field that is set again has its last
/// value; `null` stands for a field left out. Not thread-safe; lives for one answer.
class ListingBuilder {
 public:
  /// @param body_bytes  size of the body: no more than this is ever kept of its texts.
  explicit ListingBuilder(std::size_t body_bytes);

  void set_app_field(Field field, const Token& value);

  /// Begins the fields of `error`, if that is an object.
  void start_error();
  void set_error_field(Field field, const Token& value);

  /// Begins the array of workers; forgets the workers of an earlier one.
  void start_workers();
  void start_worker();
  void set_worker_field(Field field, const Token& value);
  /// Keeps the worker, or counts it as skipped.
  void end_worker();
  /// Counts an element of the array that is no worker.
  void skip_worker(std::string reason);
  /// Says that `workers` is neither an array nor null.
  void refuse_workers() { workers_are_wrong_ = true; }

  [[nodiscard]] const AnswerError& error() const { return error_; }

  /// Leaves each id once. To be called once, at the end.
  /// @param secrets  that no message may repeat. @return errors: see `parse_listing`.
  [[nodiscard]] Result<Listing> finish(const std::vector<Secret>& secrets);

 private:
  struct Draft {
    Worker worker;
    FieldSet wrong_fields;  ///< whose last value had a wrong type
    std::optional<std::string_view> unknown_status;
    std::optional<std::string_view> unknown_detail_status;
  };
  struct UnknownEnum {
    std::size_t worker;  ///< index in the order of the body, duplicates counted
    UnknownEnumValue value;
  };

  // False: a value of a wrong type.
  bool set(Field field, const Token& value);
  bool set_of_app(Field field, const Token& value);
  bool set_id(const Token& value);
  bool set_text(const Token& value, std::string_view& text);
  template <typename Status>
  bool set_enum(const Token& value, Status& status, std::optional<std::string_view>& unknown,
                Status (*from_name)(std::string_view), Status (*from_number)(std::int64_t));

  std::string_view keep(std::string_view text);
  /// Why the worker at hand cannot be used; empty if it can.
  [[nodiscard]] std::string why_not() const;
  void keep_worker();
  void list_unreadable_fields();
  void drop_earlier_duplicates();

  Listing listing_;
  char* text_end_;     ///< end of the used part of the listing's text
  char* worker_text_;  ///< where the texts of the worker at hand begin
  Draft draft_;
  std::vector<UnknownEnum> unknown_enums_;
  std::array<std::uint64_t, kFieldCount> unreadable_{};  ///< by field, of the workers that are kept
  FieldSet wrong_app_fields_;
  AnswerError error_;
  bool has_fields_ = false;         ///< any, known or not
  bool has_listing_field_ = false;  ///< one that only a listing has
  bool workers_are_wrong_ = false;
  bool too_many_workers_ = false;
};

}  // namespace everai::api
