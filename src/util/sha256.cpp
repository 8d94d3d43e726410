#include "util/sha256.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include "util/base64.hpp"

namespace everai {

static_assert(std::tuple_size_v<Sha256> == SHA256_DIGEST_LENGTH);

Sha256 sha256(std::string_view data) {
  Sha256 digest{};
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest.data());
  return digest;
}

std::string sha256_hex(std::string_view data) {
  return fmt::format("{:02x}", fmt::join(sha256(data), ""));
}

std::string sha256_base64(std::string_view data) {
  const Sha256 digest = sha256(data);
  return base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace everai
