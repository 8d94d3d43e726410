#include "api/html_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "util/text.hpp"

namespace everai::api {
namespace {

/// How much of a body is looked at.
constexpr std::size_t kFrontBytes = 4096;
constexpr std::size_t kTitleBytes = 80;
constexpr std::string_view kBlank = " \t\r\n\f";

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

/// The text with each run of blanks as one space, and none around it.
std::string in_one_line(std::string_view text) {
  std::string line;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) {
      return line;
    }
    const std::size_t end = std::min(text.find_first_of(kBlank), text.size());
    line += (line.empty() ? "" : " ") + std::string(text.substr(0, end));
    text.remove_prefix(end);
  }
}

/// @param lower  the page in lower case. @return empty if it has no title, or a cut one.
std::string title_in(std::string_view page, std::string_view lower) {
  const std::size_t tag = lower.find("<title");
  const std::size_t begin = tag == std::string_view::npos ? tag : lower.find('>', tag);
  const std::size_t end = begin == std::string_view::npos ? begin : lower.find("</title", begin);
  if (end == std::string_view::npos) {
    return "";
  }
  return printable(in_one_line(page.substr(begin + 1, end - begin - 1)), kTitleBytes);
}

}  // namespace

std::optional<std::string> describe_html_page(std::string_view body) {
  body = without_byte_order_mark(body);
  body.remove_prefix(std::min(body.find_first_not_of(kBlank), body.size()));
  if (!body.starts_with('<')) {
    return std::nullopt;
  }
  const std::string_view front = body.substr(0, kFrontBytes);
  const std::string lower = in_lower_case(front);
  const std::initializer_list<std::string_view> tags{"<!doctype html", "<html",  "<head",
                                                     "<body",          "<title", "<h1"};
  if (std::none_of(tags.begin(), tags.end(), [&lower](std::string_view tag) {
        return lower.find(tag) != std::string::npos;
      })) {
    return std::nullopt;
  }
  const std::string title = title_in(front, lower);
  return title.empty() ? "an HTML page" : fmt::format("an HTML page (\"{}\")", title);
}

}  // namespace everai::api
