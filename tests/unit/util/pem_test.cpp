#include "util/pem.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/files.hpp"

namespace everai {
namespace {

std::string pem(const std::string& name) {
  return test::read_file(fmt::format("{}/config/tls/{}", EVERAI_TESTDATA, name));
}

std::string message_of(const Result<void>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(CheckCertificates, TakesOneOrMore) {
  EXPECT_EQ(message_of(check_certificates(pem("ca.pem"))), "accepted");
  EXPECT_EQ(message_of(check_certificates(pem("ca.pem") + pem("client.pem"))), "accepted");
  EXPECT_EQ(message_of(check_certificates(fmt::format("a comment\n{}another\n", pem("ca.pem")))),
            "accepted");
}

TEST(CheckCertificates, RefusesNoneAndDamagedOnes) {
  for (const std::string& text : {std::string(), std::string("text"), pem("client.key")}) {
    EXPECT_EQ(message_of(check_certificates(text)),
              "it has no certificate in it, expected some in PEM form");
  }
  EXPECT_EQ(message_of(check_certificates(pem("damaged.pem"))),
            "it has a certificate in it that cannot be read");
  const std::string whole = pem("ca.pem");
  EXPECT_NE(message_of(check_certificates(whole.substr(0, whole.size() / 2))), "accepted");
}

TEST(CheckKey, TakesTheCertificatesOwn) {
  EXPECT_EQ(message_of(check_key(pem("client.pem"), Secret(pem("client.key")))), "accepted");
  EXPECT_EQ(message_of(check_key(pem("client.pem") + pem("ca.pem"), Secret(pem("client.key")))),
            "accepted");
}

TEST(CheckKey, RefusesAllOthers) {
  EXPECT_EQ(message_of(check_key(pem("client.pem"), Secret(pem("other.key")))),
            "it is not the key of cert_file's first certificate");
  EXPECT_EQ(message_of(check_key(pem("ca.pem") + pem("client.pem"), Secret(pem("client.key")))),
            "it is not the key of cert_file's first certificate");
  EXPECT_EQ(message_of(check_key(pem("client.pem"), Secret(pem("encrypted.key")))),
            "it needs a passphrase, expected a key without one");
  EXPECT_EQ(message_of(check_key(pem("client.pem"), Secret(pem("client.pem")))),
            "it has no private key in it, expected one in PEM form");
  EXPECT_EQ(message_of(check_key(pem("client.pem"), Secret())),
            "it has no private key in it, expected one in PEM form");
}

}  // namespace
}  // namespace everai
