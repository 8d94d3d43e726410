#pragma once

#include <string_view>

#include "util/result.hpp"
#include "util/secret.hpp"

/// Checks of certificates and keys as text in PEM form. All return kUsage with a reason that shows
/// nothing of the text. Thread-safe.
namespace everai {

/// Largest file that is taken for certificates or a key.
inline constexpr std::size_t kMaxPemBytes = 1024UL * 1024;

/// Checks that a text has at least one certificate, and none that cannot be read.
[[nodiscard]] Result<void> check_certificates(std::string_view pem);

/// Checks that a text has a private key, without a passphrase, that belongs to the first
/// certificate of another.
[[nodiscard]] Result<void> check_key(std::string_view certificates_pem, const Secret& key_pem);

}  // namespace everai
