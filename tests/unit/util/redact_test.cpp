#include "util/redact.hpp"

#include <gtest/gtest.h>

namespace everai {
namespace {

TEST(WithoutCredentials, CutsWhatStandsBeforeAnAt) {
  for (const auto& [text, shown] : {
           std::pair{"proxy 'http://user:s3cret@host:1' is bad",
                     "proxy 'http://<secret>@host:1' is bad"},
           {"http://s3cret@host", "http://<secret>@host"},
           {"user:s3cret@host", "<secret>@host"},
           {"\"user:s3cret@host\"", "\"<secret>@host\""},
           {"ALL_PROXY=http://user:s3@cret@host/", "ALL_PROXY=http://<secret>@host/"},
           {"http://user:s3/cret@host", "http://<secret>@host"},
           {"'http://user:s3 cret@host:1'", "'http://<secret>@host:1'"},
           {"http://user:1/s3cret@host", "http://<secret>@host"},
           {"http://a:s3cret@b http://c:s3cret@d", "http://<secret>@b http://<secret>@d"},
           {"https://host/?to=http://a:s3cret@b", "https://host/?to=http://<secret>@b"},
           {"http://user:s3cret", "http://<secret>"},
           {"'http://user:s3cret'", "'http://<secret>'"},
           {"://:s3cret@", "://<secret>@"},
       }) {
    EXPECT_EQ(without_credentials(text), shown);
  }
}

TEST(WithoutCredentials, LeavesTheRestAsItIs) {
  for (const char* text :
       {"", "@", ":", "://", "Failed to connect to 127.0.0.1 port 9", "http://host:80/a/b?c=d",
        "http://host:80.", "https://[::1]:80/", "(http://host:80)", "at 12:30:01 bob@example.com",
        "https://host/ ask admin@example.com", " two  spaces\n", "\xFF\xC3@\0x"}) {
    EXPECT_EQ(without_credentials(text), text);
  }
}

TEST(WithoutSecrets, TakesEachOfThemOut) {
  const std::vector<Secret> secrets{Secret("token-0123456789"), Secret("pw")};
  EXPECT_EQ(without_secrets("Bearer token-0123456789, pw", secrets), "Bearer <secret>, <secret>");
  EXPECT_EQ(without_secrets("token-0123456789token-0123456789", secrets), "<secret><secret>");
  EXPECT_EQ(without_secrets("nothing", secrets), "nothing");
  EXPECT_EQ(without_secrets("http://a:b@c", {}), "http://<secret>@c");
}

TEST(WithoutSecrets, TakesTheFrontOfOneOutThatWasCut) {
  const std::vector<Secret> secrets{Secret("token-0123456789"), Secret("pw")};
  EXPECT_EQ(without_secrets("it is token-01", secrets), "it is <secret>");
  EXPECT_EQ(without_secrets("it is token-01...", secrets), "it is <secret>...");
  EXPECT_EQ(without_secrets("it is token-", secrets), "it is token-");
}

}  // namespace
}  // namespace everai
