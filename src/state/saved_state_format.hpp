#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "state/app_memory.hpp"
#include "state/device_errors.hpp"
#include "state/saved_state.hpp"
#include "util/result.hpp"

/// What the rendering and the parsing of the state file agree on.
namespace everai::state {

inline constexpr std::string_view kSavedStateFormat = "everai_exporter state";
inline constexpr std::uint64_t kSavedStateVersion = 2;

/// The kinds of records.
inline constexpr std::string_view kAppRecord = "app";
inline constexpr std::string_view kDevicesRecord = "devices";
inline constexpr std::string_view kEndRecord = "end";

/// The booleans of a worker, as the bits of one number, the first the lowest.
inline constexpr std::array kSavedFlags{
    &WorkerMemory::born_on_watch, &WorkerMemory::launched, &WorkerMemory::ready,
    &WorkerMemory::served,        &WorkerMemory::errored,  &WorkerMemory::ended,
    &WorkerMemory::lowered,       &WorkerMemory::undated,  &WorkerMemory::created_ahead};

inline constexpr std::size_t kSavedChecksumDigits = 16;

/// The checksum of a record. @param rest  the line without it, the space behind it and the newline.
[[nodiscard]] std::string saved_checksum(std::string_view rest);

/// As `parse_saved_app`, in any version of the format.
[[nodiscard]] Result<SavedApp> parse_saved_app(std::string_view text, std::uint64_t version);

/// Parses the errors by device. @return kPayload with the reason.
[[nodiscard]] Result<DeviceErrors> parse_saved_devices(std::string_view text);

/// The app that a line is about, of which a part may be damaged.
[[nodiscard]] std::optional<api::AppRef> find_saved_app(std::string_view line);

}  // namespace everai::state
