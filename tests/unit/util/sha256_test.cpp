#include "util/sha256.hpp"

#include <gtest/gtest.h>

namespace everai {
namespace {

// The examples of FIPS 180-2.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, GivesTheBytesOfADigest) {
  EXPECT_EQ(sha256("abc").front(), 0xBA);
  EXPECT_EQ(sha256("abc").back(), 0xAD);
}

TEST(Sha256, GivesThemInBase64) {
  EXPECT_EQ(sha256_base64("abc"), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  EXPECT_EQ(sha256_base64(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

}  // namespace
}  // namespace everai
