#pragma once

#include <string_view>

namespace everai {

/// The project's version, such as "0.1.0".
[[nodiscard]] std::string_view version();

/// The compiler that built the program, such as "g++ 12.2.0".
[[nodiscard]] std::string_view compiler();

}  // namespace everai
