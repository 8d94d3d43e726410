#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "config/file_text.hpp"
#include "util/text.hpp"

namespace {

void check(const everai::Result<everai::config::FileText>& file) {
  if (!file) {
    const std::string& message = file.error().message;
    if (!message.starts_with("folder/f:") || everai::printable(message, 4096) != message) {
      std::fprintf(stderr, "no good message: %s\n", message.c_str());
      std::abort();
    }
  }
}

}  // namespace

/// libFuzzer's entry: a configuration file's text is read, or refused with one printable line that
/// begins with the file. What is read as a whole is read for an app alone, which is in it as often.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = everai::config::parse_file_text(text, "folder/f");
  check(file);
  const everai::api::AppRef wanted{"default", "sd"};
  const auto alone = everai::config::parse_file_text(text, "folder/f", &wanted);
  check(alone);
  if (file) {
    const auto count =
        std::count_if(file->apps.begin(), file->apps.end(),
                      [&wanted](const auto& app) { return app.app.value == wanted; });
    if (!alone || std::ssize(alone->apps) != count || alone->holds_secret != file->holds_secret) {
      std::fprintf(stderr, "an app alone is read otherwise\n");
      std::abort();
    }
  }
  return 0;
}
