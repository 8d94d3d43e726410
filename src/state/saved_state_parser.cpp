#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "state/saved_state.hpp"
#include "state/saved_state_format.hpp"
#include "util/sha256.hpp"

namespace everai::state {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxHeaderBytes = 200;

tl::unexpected<Error> refuse(std::string reason) {
  return fail(ErrorCode::kPayload, std::move(reason));
}

/// Takes the first line off `text`, with its newline if it has one.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

/// @return the version of the format.
Result<std::uint64_t> parse_header(std::string_view line) {
  const json header = line.size() <= kMaxHeaderBytes && line.ends_with('\n')
                          ? json::parse(line.begin(), line.end(), nullptr, false)
                          : json();
  if (!header.is_object() || !header.contains("format") || header["format"] != kSavedStateFormat) {
    return refuse("it is no state file");
  }
  const json version = header.contains("version") ? header["version"] : json();
  if (!version.is_number_unsigned() || version == 0U) {
    return refuse("it is damaged: it has no version");
  }
  if (version > kSavedStateVersion) {
    return refuse(fmt::format("version {} is newer than this program knows ({})",
                              version.get<std::uint64_t>(), kSavedStateVersion));
  }
  return version.get<std::uint64_t>();
}

/// A number in decimal digits.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

/// A record whose checksum is right.
struct Record {
  std::uint64_t number = 0;
  std::string_view kind;
  std::string_view body;
};

/// Takes what is before the first space off `text`, and the space.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

/// @param line  with its newline. @return kPayload with the reason if it is none.
Result<Record> parse_record(std::string_view line) {
  if (!line.ends_with('\n')) {
    return refuse("it is cut off");
  }
  line.remove_suffix(1);
  // Of a file that an editor or a copy made one of Windows.
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  std::string_view rest = line;
  const std::string_view checksum = take_word(rest);
  if (checksum.size() != kSavedChecksumDigits || checksum != saved_checksum(rest)) {
    return refuse("its checksum is wrong");
  }
  const std::optional<std::uint64_t> number = parse_number(take_word(rest));
  if (!number) {
    return refuse("it has no number");
  }
  const std::string_view kind = take_word(rest);
  return Record{.number = *number, .kind = kind, .body = rest};
}

/// What records add up to.
class Collection {
 public:
  void take(std::size_t line_number, std::string_view line) {
    const Result<Record> record = parse_record(line);
    if (!record) {
      ++unreadable_lines_;
      damage({line_number, find_saved_app(line), record.error().message});
      return;
    }
    if (record->kind == kEndRecord) {
      take_end(line_number, *record);
      return;
    }
    ++records_;
    if (record->kind == kAppRecord) {
      take_app(line_number, *record);
    } else if (record->kind == kDevicesRecord) {
      take_devices(line_number, *record);
    }
  }

  SavedState finish() {
    check_end();
    if (devices_) {
      state_.device_errors = std::move(devices_->value);
    }
    for (auto& [key, app] : apps_) {
      state_.apps.push_back(std::move(app.value));
    }
    return std::move(state_);
  }

 private:
  template <typename T>
  struct Numbered {
    std::uint64_t number;
    T value;
  };

  void damage(Damage damage) {
    if (++state_.damage_count <= kMaxDamages) {
      state_.damages.push_back(std::move(damage));
    }
  }

  void take_app(std::size_t line_number, const Record& record) {
    Result<SavedApp> app = parse_saved_app(record.body);
    if (!app) {
      damage({line_number, find_saved_app(record.body), app.error().message});
      return;
    }
    AppKey key = app->key;
    const auto known = apps_.find(key);
    if (known == apps_.end() || known->second.number <= record.number) {
      apps_.insert_or_assign(std::move(key), Numbered<SavedApp>{record.number, std::move(*app)});
    }
  }

  void take_devices(std::size_t line_number, const Record& record) {
    Result<DeviceErrors> devices = parse_saved_devices(record.body);
    if (!devices) {
      damage({line_number, std::nullopt, devices.error().message});
    } else if (!devices_ || devices_->number <= record.number) {
      devices_ = Numbered<DeviceErrors>{record.number, std::move(*devices)};
    }
  }

  void take_end(std::size_t line_number, const Record& record) {
    const std::optional<std::uint64_t> records = parse_number(record.body);
    if (!records) {
      damage({line_number, std::nullopt, "it does not say how many records there are"});
    } else if (!end_ || end_->number <= record.number) {
      end_ = Numbered<std::uint64_t>{record.number, *records};
    }
  }

  /// Whether there are as many records as there were. A line that cannot be read has been told.
  void check_end() {
    if (!end_) {
      damage({0, std::nullopt, "it is cut off: its last record is missing"});
    } else if (records_ > end_->value || end_->value - records_ > unreadable_lines_) {
      damage({0, std::nullopt, fmt::format("it has {} records and not {}", records_, end_->value)});
    }
  }

  SavedState state_;
  std::map<AppKey, Numbered<SavedApp>> apps_;
  std::optional<Numbered<DeviceErrors>> devices_;
  std::optional<Numbered<std::uint64_t>> end_;
  std::uint64_t records_ = 0;  ///< but the ends
  std::uint64_t unreadable_lines_ = 0;
};

SavedState parse_records(std::string_view lines) {
  Collection collection;
  for (std::size_t number = 2; !lines.empty(); ++number) {
    collection.take(number, take_line(lines));
  }
  return collection.finish();
}

// The first version: a line of JSON for each app, one with the errors by device, and one with the
// checksum of all before it.

tl::unexpected<Error> refuse_line(std::size_t number, const std::string& reason) {
  return refuse(fmt::format("it is damaged: line {}: {}", number, reason));
}

Result<SavedState> parse_lines_of_version_1(std::string_view lines) {
  SavedState state;
  std::map<AppKey, SavedApp> apps;
  for (std::size_t number = 2; !lines.empty(); ++number) {
    const std::string_view line = take_line(lines);
    if (lines.empty()) {
      Result<DeviceErrors> devices = parse_saved_devices(line);
      if (!devices) {
        return refuse_line(number, devices.error().message);
      }
      state.device_errors = std::move(*devices);
      break;
    }
    Result<SavedApp> app = parse_saved_app(line, 1);
    if (!app) {
      return refuse_line(number, app.error().message);
    }
    if (AppKey key = app->key; !apps.emplace(std::move(key), std::move(*app)).second) {
      return refuse_line(number, "the app is there twice");
    }
  }
  for (auto& [key, app] : apps) {
    state.apps.push_back(std::move(app));
  }
  return state;
}

/// @param text  the whole file. @param header_size  of its first line.
Result<SavedState> parse_version_1(std::string_view text, std::size_t header_size) {
  const auto footer_of = [](std::string_view before) {
    return fmt::format("{{\"sha256\":\"{}\"}}\n", sha256_hex(before));
  };
  const std::size_t footer_size = footer_of({}).size();
  // The footer is compared as a whole: no byte of the file can change unnoticed.
  if (text.size() < header_size + footer_size ||
      text.substr(text.size() - footer_size) !=
          footer_of(text.substr(0, text.size() - footer_size))) {
    return refuse("it is cut off or damaged: its checksum is wrong");
  }
  text.remove_suffix(footer_size);
  text.remove_prefix(header_size);
  return text.empty() ? refuse("it is damaged: it has no lines") : parse_lines_of_version_1(text);
}

}  // namespace

Result<SavedState> parse_saved_state(std::string_view text) {
  std::string_view lines = text;
  const std::string_view header = take_line(lines);
  const Result<std::uint64_t> version = parse_header(header);
  if (!version) {
    return tl::unexpected(version.error());
  }
  return *version == 1 ? parse_version_1(text, header.size()) : parse_records(lines);
}

}  // namespace everai::state
