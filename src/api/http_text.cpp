#include "api/http_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "util/text.hpp"

namespace everai::api {

std::string_view to_string(ListingKind kind) {
  switch (kind) {
    case ListingKind::kLive:
      return "list_workers";
    case ListingKind::kHistory:
      return "list_workers_history";
  }
  return "";
}

std::string_view title_of(ListingKind kind) {
  switch (kind) {
    case ListingKind::kLive:
      return "GET workers (live)";
    case ListingKind::kHistory:
      return "GET workers (history)";
  }
  return "";
}

std::string workers_path(const AppRef& app) {
  return fmt::format("/api/apps/v1/namespaces/{}/apps/{}/workers",
                     percent_encode(app.app_namespace), percent_encode(app.name));
}

std::string listing_target(const AppRef& app, ListingKind kind, unsigned recent_days) {
  std::string target = workers_path(app);
  if (kind == ListingKind::kHistory) {
    target += fmt::format("?showAll=true&recentDays={}", recent_days);
  }
  return target;
}

std::optional<std::string_view> header_value(std::string_view line, std::string_view lower_name) {
  const auto same = [](char lower, char any) {
    return std::tolower(static_cast<unsigned char>(any)) == lower;
  };
  const std::size_t colon = line.find(':');
  if (colon != lower_name.size() ||
      !std::equal(lower_name.begin(), lower_name.end(), line.begin(), same)) {
    return std::nullopt;
  }
  return line.substr(colon + 1);
}

bool is_header_safe(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace everai::api
