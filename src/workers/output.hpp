#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.hpp"
#include "workers/platform.hpp"

/// What `list` prints. All pure and thread-safe.
namespace everai::workers {

enum class Output : std::uint8_t { kTable, kWide, kJson, kYaml };

/// Reads `table`, `wide`, `json`, `yaml`. @return kUsage for anything else.
[[nodiscard]] Result<Output> parse_output(std::string_view text);

/// The workers of an app, the oldest first: one a line in tables, which show foreign text
/// printable; in JSON and YAML under the API's own names, with what was left out left out, and pure
/// ASCII.
/// @param all  those that are not present any more too.
[[nodiscard]] std::string render_workers(const api::AppRef& app, const Look& look, bool all,
                                         Output output);

/// One line on the app: how many workers are present, by state, the queue, and the limit.
[[nodiscard]] std::string render_summary(const api::AppRef& app, const Look& look);

/// An age as people say it, in its two greatest units: `45s`, `5m12s`, `3h2m`, `2d4h`; `-` for
/// none.
[[nodiscard]] std::string render_age(std::chrono::microseconds age);

}  // namespace everai::workers
