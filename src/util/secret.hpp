#pragma once

#include <fmt/format.h>

#include <compare>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace everai {

/// A text that must not be shown. It prints as `<secret>`; `reveal()` is the one way to the text.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  auto operator<=>(const Secret&) const = default;  // NOLINT(modernize-use-nullptr): its own 0

  friend std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) {
    return out << "<secret>";
  }

 private:
  std::string text_;
};

}  // namespace everai

template <>
struct fmt::formatter<everai::Secret> : fmt::formatter<std::string_view> {
  template <typename Context>
  auto format(const everai::Secret& /*secret*/, Context& context) const {
    return fmt::formatter<std::string_view>::format("<secret>", context);
  }
};
