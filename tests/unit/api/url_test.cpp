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

TEST(ParseEndpoint, TakesSchemesInAnyCase) {
  EXPECT_EQ(parse_endpoint("HTTP://Host:80/Path"), "http://Host:80/Path");
  EXPECT_EQ(parse_endpoint("hTTpS://host"), "https://host");
}

TEST(ParseEndpoint, TakesAddressesWithAZone) {
  for (const char* text :
       {"http://[fe80::1%25eth0]:8080", "http://[fe80::1%eth0.100]", "http://[fe80::1%25]",
        "http://[fe80::1%252]", "http://[::ffff:1.2.3.4]"}) {
    EXPECT_EQ(parse_endpoint(text), text);
  }
}

TEST(HostOf, IsTheHostAlone) {
  EXPECT_EQ(host_of("http://a.b"), "a.b");
  EXPECT_EQ(host_of("https://a.b:80/c:d"), "a.b");
  EXPECT_EQ(host_of("http://a/b"), "a");
  EXPECT_EQ(host_of("http://[::1]:80/x"), "::1");
  EXPECT_EQ(host_of("http://[fe80::1%25eth0]"), "fe80::1");
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
                           "HTTPX://host",
                           "http://[::::]",
                           "http://[1.2.3.4]",
                           "http://[fe80::1%]",
                           "http://[fe80::1%25a/b]",
                           "http://[fe80::1%25a b]",
                           "http://[fe80::1%2541234567890123456]",
                           "http://host%25eth0"}) {
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

TEST(ParseProxyUrl, SplitsOffWhatIsSecret) {
  struct Case {
    const char* text;
    const char* url;
    const char* credentials;
  };
  for (const auto& [text, url, credentials] :
       {Case{"http://proxy:3128", "http://proxy:3128", ""},
        {"http://proxy", "http://proxy", ""},
        {"https://proxy:443/", "https://proxy:443", ""},
        {"HTTP://Proxy", "http://Proxy", ""},
        {"socks://proxy", "socks4://proxy", ""},
        {"socks5h://[::1]:1080", "socks5h://[::1]:1080", ""},
        {"socks5://u@[fe80::1%25eth0]:1080", "socks5://[fe80::1%25eth0]:1080", "u"},
        {"http://user:p@ss@proxy:3128", "http://proxy:3128", "user:p@ss"},
        {"http://user:p%0@proxy", "http://proxy", "user:p%0"},
        {"http://user:p%zz%C3%A9%20@proxy", "http://proxy", "user:p%zz%C3%A9%20"},
        {"http://@proxy", "http://proxy", ""},
        {"http://:@proxy", "http://proxy", ":"},
        {"socks4a://10.0.0.1:1", "socks4a://10.0.0.1:1", ""}}) {
    const Result<Proxy> proxy = parse_proxy_url(text);
    ASSERT_TRUE(proxy.has_value()) << text;
    EXPECT_EQ(proxy->url, url);
    EXPECT_EQ(proxy->credentials.reveal(), credentials);
  }
}

TEST(ParseProxyUrl, NeverRepeatsTheText) {
  for (const char* text :
       {"", "canary", "canary:3128", "ftp://canary", "http://canary:x", "http://canary/path",
        "http://user:canary@", "http://u:canary @proxy", "http://u:canary@[::::]:1",
        "http://u:canary@proxy:99999", "http://u:can/ary@proxy", "http://canary/@proxy",
        "http://u:canary@proxy%0A", "http://u:canary@proxy\n", "[canary"}) {
    const std::string message = message_of(parse_proxy_url(text));
    EXPECT_EQ(message,
              "this is no proxy such as http://proxy:3128 or http://USER:PASSWORD@proxy:3128")
        << text;
  }
}

TEST(ParseProxyUrl, RefusesEncodedControlCharacters) {
  for (const char* code :
       {"%00", "%01", "%09", "%0A", "%0a", "%0D", "%1f", "%1F", "%7f", "%7F", "%%0A"}) {
    for (const char* form : {"http://user:canary{}@proxy", "http://us{}er@proxy",
                             "socks5://u:{}canary@proxy", "http://u%41{}:x%@proxy"}) {
      const std::string text = std::string(form).replace(std::string(form).find("{}"), 2, code);
      EXPECT_EQ(message_of(parse_proxy_url(text)),
                "there is a control character such as %0A, the end of a line, in the proxy's user "
                "or password")
          << text;
    }
  }
}

}  // namespace
}  // namespace everai::api
