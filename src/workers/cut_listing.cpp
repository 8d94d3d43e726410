#include "workers/cut_listing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>

#include "util/text.hpp"

namespace everai::workers {
namespace {

using Json = nlohmann::json;

/// Of https://google.aip.dev/158, and of others.
constexpr std::array kNextPage{"nextPageToken", "next_page_token", "nextToken", "nextCursor",
                               "next",          "continue",        "hasMore",   "has_more"};
constexpr std::array kTotal{"totalSize", "total_size", "total", "totalCount", "total_count"};

std::size_t length_of(const api::Listing& listing) {
  return listing.workers.size() + listing.skipped;
}

/// Whether there is a next page, by a value that is its token, its address, or just says so.
bool names_something(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && text != "false" && text != "0";
  }
  return value.is_boolean() ? value.get<bool>() : value.is_number() && value != 0;
}

/// A 64-bit number, which may stand in a string.
std::uint64_t number_in(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && rest == end ? number : 0;
  }
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
}

/// The fields of an answer that are no list and no object: what is in those, the workers say, would
/// take many times its size.
Json read_scalars(std::string_view body) {
  const auto keeps = [](int depth, Json::parse_event_t event, const Json& /*value*/) {
    const bool begins =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    return depth == 0 || !begins;
  };
  constexpr bool kThrow = false;
  return Json::parse(without_byte_order_mark(body), keeps, kThrow);
}

}  // namespace

std::string sign_of_cut(std::string_view body, const api::Listing& listing) {
  const Json json = read_scalars(body);
  if (!json.is_object()) {
    return "";
  }
  for (const char* name : kNextPage) {
    if (const auto found = json.find(name); found != json.end() && names_something(*found)) {
      return fmt::format("it may lack workers: {} names a next page", name);
    }
  }
  for (const char* name : kTotal) {
    const auto found = json.find(name);
    if (found == json.end()) {
      continue;
    }
    if (const std::uint64_t total = number_in(*found); total > length_of(listing)) {
      return fmt::format("it may lack workers: {} is {}, {} are listed", name, total,
                         length_of(listing));
    }
  }
  return "";
}

bool may_be_full_page(const api::Listing& live, const api::Listing* history) {
  constexpr std::size_t kPage = 50;
  const std::size_t length = length_of(live);
  return length > 0 && length % kPage == 0 && (history == nullptr || length_of(*history) <= length);
}

}  // namespace everai::workers
