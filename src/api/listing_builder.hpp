#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "util/result.hpp"

/// The half of the listing parser that knows what the fields mean, and nothing of JSON's structure.
namespace everai::api {

/// The fields of a listing that are read.
enum class Field : std::uint8_t {
  kId,
  kDeviceId,
  kStatus,
  kDetailStatus,
  kCreatedAt,
  kDeletedAt,
  kLaunchAt,
  kLastServeAt,
  kSuccessCount,
  kFailedCount,
  kSessionNumber,
  kCpus,
  kMemory,
  kGpuName,
  kGpus,
  kGpuModel,
  kGpuNum,
  kAppId,
  kAppRevision,
  kReplaceWorkerId,
  kWorkers,
  kQueueSize,
  kQueueName,
  kLastScaleUpTime,
  kLastScaleDownDeleteTime,
  kMaxWorkers,
  kNone,  ///< not read
};
constexpr std::size_t kFieldCount = static_cast<std::size_t>(Field::kNone);

/// The field of a name; kNone for any other name. Pure. Thread-safe.
[[nodiscard]] Field field_of(std::string_view name);

enum class Form : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

/// A value that was found to be well formed. Its text lives until the next answer is parsed.
struct Token {
  Form form = Form::kNull;
  std::string_view text;    ///< a string's characters, or an integer's digits
  bool is_integer = false;  ///< of a number: written without fraction and exponent
  double number = 0;        ///< of a number that is not
};

/// Whether a text is a number by JSON's grammar; says in `is_integer` whether it has neither
/// fraction nor exponent. Pure. Thread-safe.
[[nodiscard]] bool is_json_number(std::string_view text, bool& is_integer);

/// Makes a Listing of values in the order of the body. A field that is set again has its last
/// value; `null` stands for a field left out. Not thread-safe; lives for one answer.
class ListingBuilder {
 public:
  /// @param body_bytes  size of the body: no more than this is ever kept of its texts.
  explicit ListingBuilder(std::size_t body_bytes);

  void set_app_field(Field field, const Token& value);

  /// Begins the array of workers; forgets the workers of an earlier one.
  void start_workers();
  void start_worker();
  void set_worker_field(Field field, const Token& value);
  /// Keeps the worker, or counts it as skipped.
  void end_worker();
  /// Counts an element that is no object.
  void skip_worker() { ++listing_.skipped; }
  /// Says that `workers` is neither an array nor null.
  void refuse_workers() { workers_are_wrong_ = true; }

  /// Leaves each id once. To be called once, at the end.
  /// @return kPayload if `workers` was refused, kTooLarge if there are too many.
  [[nodiscard]] Result<Listing> finish();

 private:
  struct Draft {
    Worker worker;
    std::uint32_t wrong_fields = 0;  ///< a bit for each Field whose last value had a wrong type
    std::optional<std::string_view> unknown_status;
    std::optional<std::string_view> unknown_detail_status;
  };
  struct UnknownEnum {
    std::size_t worker;  ///< index in the order of the body, duplicates counted
    UnknownEnumValue value;
  };

  // False: a value of a wrong type.
  bool set(Field field, const Token& value);
  bool set_text(const Token& value, std::string_view& text);
  template <typename Status>
  bool set_enum(const Token& value, Status& status, std::optional<std::string_view>& unknown,
                Status (*from_name)(std::string_view), Status (*from_number)(std::int64_t));

  std::string_view keep(std::string_view text);
  void keep_worker();
  void drop_earlier_duplicates();

  Listing listing_;
  char* text_end_;     ///< end of the used part of the listing's text
  char* worker_text_;  ///< where the texts of the worker at hand begin
  Draft draft_;
  std::vector<UnknownEnum> unknown_enums_;
  bool workers_are_wrong_ = false;
  bool too_many_workers_ = false;
};

}  // namespace everai::api
