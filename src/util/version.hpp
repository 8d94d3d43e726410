#pragma once

#include <string_view>

namespace everai {

/// The project's version, such as `1.2.3`.
[[nodiscard]] std::string_view version();

}  // namespace everai
