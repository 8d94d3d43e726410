#pragma once

#include <string_view>

namespace everai {

/// The project's version, such as "0.1.0".
[[nodiscard]] std::string_view version();

/// The compiler that built the program, such as "g++ 12.2.0".
[[nodiscard]] std::string_view compiler();

/// What the program was built for, such as "linux/x86_64".
[[nodiscard]] std::string_view platform();

}  // namespace everai
