#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "state/saved_state.hpp"
#include "util/sha256.hpp"

namespace {

std::string render(const everai::state::SavedState& state) {
  everai::state::AppLines lines;
  for (const auto& app : state.apps) {
    lines[app.app] =
        std::make_shared<const std::string>(everai::state::render_saved_app(app.app, app.memory));
  }
  return everai::state::render_saved_state(lines, state.device_errors);
}

void check(std::string_view text) {
  const auto state = everai::state::parse_saved_state(text);
  if (!state) {
    return;
  }
  const std::string rendered = render(*state);
  const auto again = everai::state::parse_saved_state(rendered);
  if (!again || render(*again) != rendered) {
    std::fprintf(stderr, "it does not come back:\n%s\n", rendered.c_str());
    std::abort();
  }
}

}  // namespace

/// libFuzzer's entry: what is read as a state comes back as it was. The text is tried as it is, and
/// with a right checksum in place of its last line, behind which nothing else would be reached.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  const std::size_t last = text.rfind("{\"sha256\"");
  const std::string lines(text.substr(0, last));
  check(fmt::format("{}{{\"sha256\":\"{}\"}}\n", lines, everai::sha256_hex(lines)));
  return 0;
}
