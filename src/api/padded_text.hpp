#pragma once

#include <string>
#include <string_view>

namespace everai::api {

/// A text that is followed by the zero bytes which the JSON parser may read past the end.
/// Not thread-safe.
class PaddedText {
 public:
  static constexpr std::size_t kPaddingBytes = 64;

  PaddedText() : storage_(kPaddingBytes, '\0') {}
  explicit PaddedText(std::string_view text) : PaddedText() { append(text); }

  void append(std::string_view text) {
    storage_.resize(size());
    storage_.append(text);
    storage_.append(kPaddingBytes, '\0');
  }

  [[nodiscard]] std::size_t size() const { return storage_.size() - kPaddingBytes; }
  [[nodiscard]] std::string_view view() const { return {storage_.data(), size()}; }

 private:
  std::string storage_;
};

}  // namespace everai::api
