#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace everai::api {

/// Tells an HTML page from what the platform sends: a firewall, a proxy, a load balancer or a
/// log-in page answers with one.
/// @param body  its front is enough.
/// @return how a message names the page, such as `an HTML page ("Sign in")`, printable; nothing if
///         the body is none.
/// Pure. Thread-safe.
[[nodiscard]] std::optional<std::string> describe_html_page(std::string_view body);

}  // namespace everai::api
