#include "api/listing_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include "api/listing.hpp"

namespace everai::api {
namespace {

constexpr std::size_t kMaxEnumTextBytes = 64;
/// About what a worker takes in an answer, for the first guess of their number.
constexpr std::size_t kUsualWorkerBytes = 512;

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The whole text as an integer.
template <typename T>
std::optional<T> parse_integer(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

/// A count, for which `null` stands for 0. @return nothing for a wrong type.
std::optional<std::uint64_t> count_of(const Token& value) {
  if (value.form == Form::kNull) {
    return 0;
  }
  const bool in_double = value.form == Form::kNumber && !value.is_integer;
  if (in_double) {
    constexpr double kEnd = 9223372036854775808.0;
    const bool fits = value.number >= 0 && value.number < kEnd;
    return fits && std::trunc(value.number) == value.number
               ? std::optional(static_cast<std::uint64_t>(value.number))
               : std::nullopt;
  }
  // The sign is left to numbers, where "-0" is a way to write 0.
  const bool digits = !value.text.empty() && is_digit(value.text.front());
  if (value.form != Form::kNumber && !(value.form == Form::kString && digits)) {
    return std::nullopt;
  }
  const auto number = parse_integer<std::int64_t>(value.text);
  return number && *number >= 0 ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

/// An enum's number, which protobuf keeps in 32 bits. @return nothing for a wrong type.
std::optional<std::int32_t> enum_number_of(const Token& value) {
  if (value.form != Form::kNumber) {
    return std::nullopt;
  }
  if (value.is_integer) {
    return parse_integer<std::int32_t>(value.text);
  }
  using Limits = std::numeric_limits<std::int32_t>;
  const bool fits = value.number >= Limits::min() && value.number <= Limits::max();
  return fits && std::trunc(value.number) == value.number
             ? std::optional(static_cast<std::int32_t>(value.number))
             : std::nullopt;
}

bool set_count(const Token& value, std::uint64_t& count) {
  const auto number = count_of(value);
  count = number.value_or(0);
  return number.has_value();
}

bool set_time(const Token& value, std::optional<Timestamp>& time) {
  time = value.form == Form::kString ? parse_rfc3339(value.text) : std::nullopt;
  return value.form == Form::kString || value.form == Form::kNull;
}

/// The front of a text, at most `limit` bytes, no character broken.
std::string_view cut(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return text;
  }
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xC0U) == 0x80U) {
    --limit;
  }
  return text.substr(0, limit);
}

void mark(FieldSet& wrong_fields, Field field, bool is_right) {
  if (is_right) {
    wrong_fields.erase(field);
  } else {
    wrong_fields.insert(field);
  }
}

}  // namespace

ListingBuilder::ListingBuilder(std::size_t body_bytes) {
  // A kept text is never longer than its place in the body; an enum's number, which "1e9" would
  // write shorter, has the field's name before it.
  listing_.text =
      std::make_unique_for_overwrite<char[]>(body_bytes + 1);  // NOLINT(modernize-avoid-c-arrays)
  text_end_ = listing_.text.get();
  worker_text_ = text_end_;
  listing_.queue_size = 0;
  listing_.workers.reserve(body_bytes / kUsualWorkerBytes + 1);
}

void ListingBuilder::set_app_field(Field field, const Token& value) {
  has_fields_ = true;
  switch (field) {
    case Field::kCode:
      error_.set_code(value);
      break;
    case Field::kMessage:
      error_.set_message(value);
      break;
    case Field::kError:
      error_.set_error(value);
      break;
    default:
      has_listing_field_ = has_listing_field_ || is_of_app(field);
      mark(wrong_app_fields_, field, set_of_app(field, value));
      break;
  }
}

void ListingBuilder::start_error() {
  has_fields_ = true;
  error_.start_inner();
}

void ListingBuilder::set_error_field(Field field, const Token& value) {
  switch (field) {
    case Field::kCode:
      error_.set_inner_code(value);
      break;
    case Field::kMessage:
      error_.set_inner_message(value);
      break;
    default:
      error_.set_inner();
      break;
  }
}

void ListingBuilder::start_workers() {
  has_listing_field_ = true;
  listing_.workers.clear();
  listing_.skipped = 0;
  listing_.skip_reason.clear();
  unreadable_.fill(0);
  unknown_enums_.clear();
  workers_are_wrong_ = false;
  too_many_workers_ = false;
}

void ListingBuilder::start_worker() {
  draft_ = Draft{};
  worker_text_ = text_end_;
}

void ListingBuilder::set_worker_field(Field field, const Token& value) {
  if (field != Field::kNone) {
    mark(draft_.wrong_fields, field, set(field, value));
  }
}

void ListingBuilder::end_worker() {
  if (std::string reason = why_not(); !reason.empty()) {
    skip_worker(std::move(reason));
    text_end_ = worker_text_;
  } else if (listing_.workers.size() == kMaxListedWorkers) {
    too_many_workers_ = true;
  } else {
    keep_worker();
  }
}

void ListingBuilder::skip_worker(std::string reason) {
  if (listing_.skipped == 0) {
    listing_.skip_reason = std::move(reason);
  }
  ++listing_.skipped;
}

Result<Listing> ListingBuilder::finish(const std::vector<Secret>& secrets) {
  if (std::optional<std::string> error = error_.describe(secrets)) {
    return fail(ErrorCode::kPayload, std::move(*error));
  }
  if (has_fields_ && !has_listing_field_) {
    return fail(ErrorCode::kPayload, "the answer has no field of a worker listing");
  }
  if (workers_are_wrong_) {
    return fail(ErrorCode::kPayload, "workers is no array");
  }
  if (too_many_workers_) {
    return fail(ErrorCode::kTooLarge, fmt::format("more than {} workers", kMaxListedWorkers));
  }
  if (listing_.workers.empty() && listing_.skipped > 0) {
    return fail(ErrorCode::kPayload,
                fmt::format("none of its {} worker{} can be read: {}", listing_.skipped,
                            listing_.skipped == 1 ? "" : "s", listing_.skip_reason));
  }
  drop_earlier_duplicates();
  list_unreadable_fields();
  return std::move(listing_);
}

bool ListingBuilder::set(Field field, const Token& value) {
  Worker& worker = draft_.worker;
  switch (field) {
    case Field::kId:
      return set_id(value);
    case Field::kDeviceId:
      return set_text(value, worker.device_id);
    case Field::kStatus:
      return set_enum(value, worker.status, draft_.unknown_status, &worker_status_from_name,
                      &worker_status_from_number);
    case Field::kDetailStatus:
      return set_enum(value, worker.detail_status, draft_.unknown_detail_status,
                      &detail_status_from_name, &detail_status_from_number);
    case Field::kCreatedAt:
      return set_time(value, worker.created_at);
    case Field::kDeletedAt:
      return set_time(value, worker.deleted_at);
    case Field::kLaunchAt:
      return set_time(value, worker.launch_at);
    case Field::kLastServeAt:
      return set_time(value, worker.last_serve_at);
    case Field::kSuccessCount:
      return set_count(value, worker.success_count);
    case Field::kFailedCount:
      return set_count(value, worker.failed_count);
    case Field::kSessionNumber:
      return set_count(value, worker.session_number);
    case Field::kCpus:
      return set_count(value, worker.cpus);
    case Field::kMemory:
      return set_count(value, worker.memory_mib);
    case Field::kGpuName:
      return set_text(value, worker.gpu_name);
    case Field::kGpus:
      return set_count(value, worker.gpus);
    case Field::kGpuModel:
      return set_text(value, worker.gpu_model);
    case Field::kGpuNum:
      return set_count(value, worker.gpu_num);
    case Field::kAppId:
      return set_text(value, worker.app_id);
    case Field::kAppRevision:
      return set_text(value, worker.app_revision);
    case Field::kReplaceWorkerId:
      return set_text(value, worker.replace_worker_id);
    default:
      return true;  // an app's field, which says nothing about a worker
  }
}

/// A field that is the app's and not a worker's.
bool ListingBuilder::set_of_app(Field field, const Token& value) {
  switch (field) {
    case Field::kQueueSize:
      listing_.queue_size = count_of(value);
      return listing_.queue_size.has_value();
    case Field::kMaxWorkers:
      listing_.max_workers = value.form == Form::kNull ? std::nullopt : count_of(value);
      return listing_.max_workers || value.form == Form::kNull;
    case Field::kQueueName:
      return set_text(value, listing_.queue_name);
    case Field::kLastScaleUpTime:
      return set_time(value, listing_.last_scale_up);
    case Field::kLastScaleDownDeleteTime:
      return set_time(value, listing_.last_scale_down_delete);
    default:
      return true;
  }
}

bool ListingBuilder::set_id(const Token& value) {
  // One that is cut would stand for several workers.
  draft_.worker.id = value.form == Form::kString ? keep(value.text) : std::string_view{};
  return value.form == Form::kString || value.form == Form::kNull;
}

bool ListingBuilder::set_text(const Token& value, std::string_view& text) {
  text = value.form == Form::kString ? keep(cut(value.text, kMaxTextBytes)) : std::string_view{};
  return value.form == Form::kString || value.form == Form::kNull;
}

template <typename Status>
bool ListingBuilder::set_enum(const Token& value, Status& status,
                              std::optional<std::string_view>& unknown,
                              Status (*from_name)(std::string_view),
                              Status (*from_number)(std::int64_t)) {
  status = value.form == Form::kNull ? Status::kUnspecified : Status::kUnknown;
  unknown.reset();
  if (value.form == Form::kString) {
    status = from_name(value.text);
    if (status == Status::kUnknown) {
      unknown = keep(cut(value.text, kMaxEnumTextBytes));
    }
    return true;
  }
  const auto number = enum_number_of(value);
  if (number) {
    status = from_number(*number);
    if (status == Status::kUnknown) {
      unknown = keep(fmt::format_int(*number).c_str());
    }
  }
  return number || value.form == Form::kNull;
}

std::string_view ListingBuilder::keep(std::string_view text) {
  char* const start = text_end_;
  text_end_ = std::copy(text.begin(), text.end(), start);
  return {start, text.size()};
}

std::string ListingBuilder::why_not() const {
  for (const Field field : kNeededFields) {
    if (draft_.wrong_fields.contains(field)) {
      return fmt::format("field {} has a wrong type", name_of(field));
    }
  }
  if (draft_.worker.id.empty()) {
    return "no id";
  }
  return draft_.worker.id.size() > kMaxTextBytes
             ? fmt::format("an id of more than {} bytes", kMaxTextBytes)
             : "";
}

void ListingBuilder::keep_worker() {
  const std::size_t index = listing_.workers.size();
  listing_.workers.push_back(draft_.worker);
  if (!draft_.wrong_fields.empty()) {
    for (const Field field : kOptionalFields) {
      unreadable_.at(static_cast<std::size_t>(field)) +=
          draft_.wrong_fields.contains(field) ? 1U : 0U;
    }
  }
  if (draft_.unknown_status) {
    unknown_enums_.push_back({index, {"status", *draft_.unknown_status}});
  }
  if (draft_.unknown_detail_status) {
    unknown_enums_.push_back({index, {"detailStatus", *draft_.unknown_detail_status}});
  }
}

void ListingBuilder::list_unreadable_fields() {
  for (const Field field : kOptionalFields) {
    const std::uint64_t count = unreadable_.at(static_cast<std::size_t>(field)) +
                                (wrong_app_fields_.contains(field) ? 1U : 0U);
    if (count > 0) {
      listing_.unreadable_fields.push_back({name_of(field), count});
    }
  }
}

/// Leaves each id once: at the place of its first record, with the fields of its last.
void ListingBuilder::drop_earlier_duplicates() {
  std::vector<Worker>& workers = listing_.workers;
  // Open addressing, at most half full: an entry is an index + 1, 0 is free.
  std::vector<std::uint32_t> table(std::bit_ceil(workers.size() * 2 + 1));
  // For each kept worker the index of the record that its fields come from.
  std::vector<std::size_t> last_record;
  last_record.reserve(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    std::size_t slot = std::hash<std::string_view>{}(workers[i].id) & (table.size() - 1);
    while (table[slot] != 0 && workers[table[slot] - 1].id != workers[i].id) {
      slot = (slot + 1) & (table.size() - 1);
    }
    if (table[slot] == 0) {
      workers[last_record.size()] = workers[i];
      last_record.push_back(i);
      table[slot] = static_cast<std::uint32_t>(last_record.size());
    } else {
      workers[table[slot] - 1] = workers[i];
      last_record[table[slot] - 1] = i;
    }
  }
  workers.resize(last_record.size());
  std::sort(last_record.begin(), last_record.end());
  for (const UnknownEnum& unknown : unknown_enums_) {
    if (std::binary_search(last_record.begin(), last_record.end(), unknown.worker)) {
      listing_.unknown_enum_values.push_back(unknown.value);
    }
  }
}

}  // namespace everai::api
