#include "api/known_secrets.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace everai::api {
namespace {

std::vector<std::string> known(const Account& account, const std::string& token = "") {
  std::vector<std::string> texts;
  for (const Secret& secret : known_secrets(account, Secret(token))) {
    texts.push_back(secret.reveal());
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST(KnownSecrets, AreNoneWhereThereAreNone) {
  EXPECT_EQ(known({.endpoint = "http://host"}), Texts());
  EXPECT_EQ(known({.endpoint = "http://host", .proxy = {.url = "http://proxy"}}), Texts());
}

TEST(KnownSecrets, HaveThePasswordOfAProxyInEachForm) {
  const auto of = [](const char* credentials) {
    return known({.endpoint = "http://host",
                  .proxy = {.url = "http://proxy", .credentials = Secret(credentials)}},
                 "token");
  };
  EXPECT_EQ(of("user:p%40ss:%"), (Texts{"token", "p%40ss:%", "p@ss:%", "dXNlcjpwQHNzOiU="}));
  EXPECT_EQ(of("u:p"), (Texts{"token", "p", "p", "dTpw"}));
  EXPECT_EQ(of("us:p"), (Texts{"token", "p", "p", "dXM6cA=="}));
  EXPECT_EQ(of("%C3%A9:p"), (Texts{"token", "p", "p", "w6k6cA=="}));
  EXPECT_EQ(of("user"), (Texts{"token", "dXNlcjo="}));
}

TEST(KnownSecrets, HaveTheLinesOfAKey) {
  EXPECT_EQ(known({.endpoint = "http://host",
                   .key_pem = Secret("-----BEGIN KEY-----\nabc\r\ndef\n-----END KEY-----\n")}),
            (Texts{"abc", "def"}));
}

}  // namespace
}  // namespace everai::api
