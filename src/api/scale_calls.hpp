#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/padded_text.hpp"
#include "api/types.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"

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

/// Reads an answer with status 200: `{"workerIds": [...]}` to a scale-up, `{}` to a scale-down. No
/// `workerIds` at all is an empty list if nothing else is in the answer either. Fields that a later
/// version adds are passed over beside `workerIds`; without them, an answer that has fields is some
/// other program's, or an error in words that nobody knows.
/// @param secrets  what the request bore: where the answer repeats one, the message reads
///                 `<secret>`.
/// @return the ids of the new workers, as they were told. kPayload with what was answered, cut and
///         printable, if it is anything else; also if it is an error that names new workers.
[[nodiscard]] Result<std::vector<std::string>> parse_scale_up_answer(
    const PaddedText& body, const std::vector<Secret>& secrets);
[[nodiscard]] Result<void> parse_scale_down_answer(const PaddedText& body,
                                                   const std::vector<Secret>& secrets);

/// Whether a status says that nothing was changed: one that the HTTP standards have for a request
/// that is refused. Of 408 and of numbers that are some server's own, such as 499, nobody knows.
[[nodiscard]] bool is_refusal(int http_status);

}  // namespace everai::api
