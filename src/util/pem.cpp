#include "util/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "util/freer.hpp"

namespace everai {
namespace {

using Bio = std::unique_ptr<BIO, Freer<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;

/// Leaves nothing in the thread's queue of errors, which others would take for their own.
class ErrorQueue {
 public:
  ErrorQueue() { ERR_clear_error(); }
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ErrorQueue(ErrorQueue&&) = delete;
  ErrorQueue& operator=(ErrorQueue&&) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

Bio open(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// OpenSSL would ask the terminal for a passphrase.
int notice_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Certificate next_certificate(const Bio& bio) {
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

}  // namespace

Result<void> check_certificates(std::string_view pem) {
  const ErrorQueue queue;
  const Bio bio = open(pem);
  int count = 0;
  while (bio != nullptr && next_certificate(bio) != nullptr) {
    ++count;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (count == 0 && at_end) {
    return fail(ErrorCode::kUsage, "it has no certificate in it, expected some in PEM form");
  }
  if (!at_end) {
    return fail(ErrorCode::kUsage, "it has a certificate in it that cannot be read");
  }
  return {};
}

Result<void> check_key(std::string_view certificates_pem, const Secret& key_pem) {
  const ErrorQueue queue;
  const Bio key_bio = open(key_pem.reveal());
  bool encrypted = false;
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &notice_passphrase, &encrypted));
  if (encrypted) {
    return fail(ErrorCode::kUsage, "it needs a passphrase, expected a key without one");
  }
  if (key == nullptr) {
    return fail(ErrorCode::kUsage, "it has no private key in it, expected one in PEM form");
  }
  const Certificate certificate = next_certificate(open(certificates_pem));
  if (certificate == nullptr || X509_check_private_key(certificate.get(), key.get()) != 1) {
    return fail(ErrorCode::kUsage, "it is not the key of cert_file's first certificate");
  }
  return {};
}

}  // namespace everai
