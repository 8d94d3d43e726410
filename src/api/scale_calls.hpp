#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/types.hpp"
#include "util/result.hpp"

/// The calls that change an app, "Scale up" and "Scale down" of the platform's API: their texts,
/// apart from how they travel. No part of the exporter. All pure and thread-safe.
namespace everai::api {

/// Most workers that one call adds or removes.
inline constexpr std::uint64_t kMaxScaleStep = 1000;

struct ScaleDown {
  std::optional<std::uint64_t> count;   ///< how many; nothing: the named ones
  std::vector<std::string> worker_ids;  ///< which; empty: the platform chooses
};

[[nodiscard]] std::string scale_up_path(const AppRef& app);
[[nodiscard]] std::string scale_down_path(const AppRef& app);

/// The bodies of the requests. Numbers are strings of digits, as the API has them.
[[nodiscard]] std::string render_scale_up(std::uint64_t count);
[[nodiscard]] std::string render_scale_down(const ScaleDown& wanted);

/// Reads the ids of the new workers off the answer to a scale-up.
/// @return kPayload if it is no JSON object, or its `workerIds` is no list of texts; none at all
///         count as an empty list.
[[nodiscard]] Result<std::vector<std::string>> parse_new_worker_ids(std::string_view body);

}  // namespace everai::api
