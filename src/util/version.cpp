#include "util/version.hpp"

namespace everai {

std::string_view version() {
  return EVERAI_VERSION;
}

std::string_view compiler() {
  return EVERAI_COMPILER;
}

std::string_view platform() {
  return EVERAI_PLATFORM;
}

}  // namespace everai
