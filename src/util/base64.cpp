#include "util/base64.hpp"

#include <openssl/evp.h>

namespace everai {

std::string base64(std::string_view data) {
  // Four characters for each three bytes begun, and a NUL.
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(data.data()),
                                     static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace everai
