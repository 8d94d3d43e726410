#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/file_text.hpp"
#include "util/text.hpp"

/// libFuzzer's entry: a configuration file's text is read, or refused with one printable line that
/// begins with the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = everai::config::parse_file_text(text, "folder/f");
  if (!file) {
    const std::string& message = file.error().message;
    if (!message.starts_with("folder/f:") || everai::printable(message, 4096) != message) {
      std::fprintf(stderr, "no good message: %s\n", message.c_str());
      std::abort();
    }
  }
  return 0;
}
