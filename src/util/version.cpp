#include "util/version.hpp"

namespace everai {

std::string_view version() {
  return EVERAI_VERSION;
}

}  // namespace everai
