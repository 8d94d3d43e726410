#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/client.hpp"

/// The texts of a request and its answer's header, apart from how they travel. All pure and
/// thread-safe.
namespace everai::api {

/// The path and query of a listing, to stand after the endpoint; names are percent-encoded.
[[nodiscard]] std::string listing_target(const AppRef& app, ListingKind kind, unsigned recent_days);

/// The path of an app's workers, `/api/apps/v1/namespaces/NAMESPACE/apps/NAME/workers`.
[[nodiscard]] std::string workers_path(const AppRef& app);

/// The value of a header line, such as ` x\r\n` of `Date: x\r\n`, if it is the named one.
/// @param lower_name  in lower case; the line may have it in any.
[[nodiscard]] std::optional<std::string_view> header_value(std::string_view line,
                                                           std::string_view lower_name);

/// Whether a token has only visible ASCII characters: others could add headers of their own.
[[nodiscard]] bool is_header_safe(std::string_view token);

}  // namespace everai::api
