#include "api/url.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

template <typename T>
std::string message_of(const Result<T>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(ParseEndpoint, DropsTheFinalSlashes) {
  EXPECT_EQ(parse_endpoint("https://everai.expvent.com/"), "https://everai.expvent.com");
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:8080/prefix//"), "http://127.0.0.1:8080/prefix");
  EXPECT_EQ(parse_endpoint("http://[::1]:80/a@b").has_value(), false);
  EXPECT_EQ(parse_endpoint("http://[2001:db8::1]:80"), "http://[2001:db8::1]:80");
}

TEST(ParseEndpoint, RefusesWhatIsNoEndpoint) {
  for (const char* text : {"",
                           "everai.expvent.com",
                           "ftp://host",
                           "http://",
                           "http://:80",
                           "http:///path",
                           "http://host?x=1",
                           "http://host/#x",
                           "http://a b",
                           "http://host:",
                           "http://host:0",
                           "http://host:65536",
                           "http://host:+1",
                           "http://host:8x",
                           "http://[::1",
                           "http://[]",
                           "http://[::1]x",
                           "http://[abc]",
                           "http://::1",
                           "http://ho\\st",
                           "http://host/a b",
                           "http://h\xC3\xB6st",
                           "http://host/\n",
                           "HTTP://host"}) {
    EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
  }
  EXPECT_EQ(message_of(parse_endpoint("ftp://host")),
            "'ftp://host' is no endpoint such as https://everai.expvent.com");
  EXPECT_FALSE(parse_endpoint("http://" + std::string(2050, 'a')).has_value());
}

TEST(ParseEndpoint, DoesNotRepeatCredentials) {
  EXPECT_EQ(message_of(parse_endpoint("https://user:canary@host")),
            "the endpoint must not hold credentials");
  for (const char* text : {"ftp://user:canary@host", "user:canary@host", "https://host?t=canary",
                           "https://host/#canary", "https:/user:canary@host"}) {
    const std::string message = message_of(parse_endpoint(text));
    EXPECT_NE(message, "accepted") << text;
    EXPECT_EQ(message.find("canary"), std::string::npos) << message;
  }
}

TEST(ParseProxyUrl, TakesWhatTheClientKnows) {
  for (const char* text :
       {"http://proxy:3128", "http://proxy", "https://proxy:443/", "socks5h://[::1]:1080",
        "http://user:p@ss@proxy:3128", "socks4a://10.0.0.1:1"}) {
    const Result<Secret> url = parse_proxy_url(text);
    ASSERT_TRUE(url.has_value()) << text;
    EXPECT_EQ(url->reveal(), text);
  }
}

TEST(ParseProxyUrl, NeverRepeatsTheText) {
  for (const char* text : {"", "canary", "canary:3128", "ftp://canary", "http://canary:x",
                           "http://canary/path", "http://user:canary@", "http://u:canary @proxy"}) {
    const std::string message = message_of(parse_proxy_url(text));
    EXPECT_EQ(message,
              "this is no proxy such as http://proxy:3128 or http://USER:PASSWORD@proxy:3128")
        << text;
  }
}

}  // namespace
}  // namespace everai::api
