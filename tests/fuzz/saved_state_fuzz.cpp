#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "state/saved_state.hpp"
#include "state/saved_state_format.hpp"
#include "util/sha256.hpp"

namespace {

using everai::state::AppLine;
using everai::state::AppLines;
using everai::state::SavedState;

std::string render(const SavedState& state) {
  AppLines lines;
  for (const auto& app : state.apps) {
    const std::string text = everai::state::render_saved_app(app.key, app.memory);
    lines[app.key] = AppLine{std::make_shared<const std::string>(text), app.unconfigured};
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
  if (!again || again->damage_count > 0 || render(*again) != rendered) {
    std::fprintf(stderr, "it does not come back:\n%s\n", rendered.c_str());
    std::abort();
  }
}

/// The text with the right checksum in each line of the second version.
std::string with_checksums(std::string_view text) {
  std::string lines;
  bool header = true;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t space = line.find(' ');
    const std::string_view rest = space == std::string_view::npos ? line : line.substr(space + 1);
    lines += header ? std::string(line)
                    : fmt::format("{} {}", everai::state::saved_checksum(rest), rest);
    lines += '\n';
    header = false;
  }
  return lines;
}

}  // namespace

/// libFuzzer's entry: what is read as a state comes back as it was. The text is tried as it is, and
/// with right checksums, behind which nothing else would be reached: in each line, and, as the
/// first version has it, in place of the last line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  check(with_checksums(text));
  const std::size_t last = text.rfind("{\"sha256\"");
  const std::string lines(text.substr(0, last));
  check(fmt::format("{}{{\"sha256\":\"{}\"}}\n", lines, everai::sha256_hex(lines)));
  return 0;
}
