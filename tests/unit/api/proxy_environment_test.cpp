#include "api/proxy_environment.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

ProxyEnvironment all_set() {
  return {.http = {"http_proxy", Secret("http://for-http:1")},
          .https = {"HTTPS_PROXY", Secret("http://for-https:2")},
          .all = {"ALL_PROXY", Secret("socks5h://for-all:3")}};
}

std::string choice(const ProxyEnvironment& environment, std::string_view endpoint) {
  const Result<Proxy> proxy = proxy_of_environment(environment, endpoint);
  return proxy ? proxy->url : proxy.error().message;
}

TEST(ProxyOfEnvironment, GoesByTheSchemeOfTheEndpoint) {
  ProxyEnvironment environment = all_set();
  EXPECT_EQ(choice(environment, "http://host"), "http://for-http:1");
  EXPECT_EQ(choice(environment, "https://host"), "http://for-https:2");
  environment.http = {};
  EXPECT_EQ(choice(environment, "http://host"), "socks5h://for-all:3");
  EXPECT_EQ(choice(environment, "https://host"), "http://for-https:2");
  environment.https = {};
  EXPECT_EQ(choice(environment, "https://host"), "socks5h://for-all:3");
  environment.all = {};
  EXPECT_EQ(choice(environment, "https://host"), "");
}

TEST(ProxyOfEnvironment, TakesATextWithoutASchemeForHttp) {
  const auto proxy =
      proxy_of_environment({.all = {"all_proxy", Secret("user:pw@proxy:3128")}}, "https://host");
  ASSERT_TRUE(proxy.has_value());
  EXPECT_EQ(*proxy, (Proxy{"http://proxy:3128", Secret("user:pw")}));
}

TEST(ProxyOfEnvironment, NamesTheVariableAndNotItsText) {
  for (const char* text : {"ftp://user:canary@proxy", "http://user:canary@proxy:99999",
                           "http://user:can ary@proxy", "[canary", "http://user:canary%0A@proxy",
                           "user:canary@[::::]:1", "http://canary/path", "canary\n", "://canary"}) {
    ProxyEnvironment environment = all_set();
    environment.https.text = Secret(text);
    const auto proxy = proxy_of_environment(environment, "https://host");
    ASSERT_FALSE(proxy.has_value()) << text;
    EXPECT_EQ(proxy.error().code, ErrorCode::kUsage);
    EXPECT_TRUE(proxy.error().message.starts_with("HTTPS_PROXY: ")) << proxy.error().message;
    EXPECT_EQ(proxy.error().message.find("can"), proxy.error().message.find("can be"));
    EXPECT_EQ(choice(environment, "http://host"), "http://for-http:1");
    environment.no_proxy = "host";
    EXPECT_EQ(choice(environment, "https://host"), "");
  }
}

TEST(IsWithoutProxy, KnowsNames) {
  for (const char* list :
       {"*", "host.example.com", "example.com", ".example.com", "com", "EXAMPLE.com",
        "a,example.com", "a, example.com ,b", "a example.com", "example.com.", ",,example.com"}) {
    EXPECT_TRUE(is_without_proxy(list, "host.example.com")) << list;
    EXPECT_TRUE(is_without_proxy(list, "host.example.com.")) << list;
  }
  EXPECT_TRUE(is_without_proxy(".example.com", "example.com"));
  for (const char* list : {"", ",", ".", "..", "ample.com", "*.example.com", "*,a", "host",
                           "x.host.example.com", "example.com:80", "1.2.3.4"}) {
    EXPECT_FALSE(is_without_proxy(list, "host.example.com")) << list;
  }
}

TEST(IsWithoutProxy, KnowsAddresses) {
  for (const char* list : {"127.0.0.1", "a,127.0.0.1", "127.0.0.0/8", "127.0.0.1/32", "126.0.0.0/7",
                           "127.0.0.1/0", "*"}) {
    EXPECT_TRUE(is_without_proxy(list, "127.0.0.1")) << list;
    EXPECT_TRUE(is_without_proxy(list, "127.1")) << list;
    EXPECT_TRUE(is_without_proxy(list, "0x7f000001")) << list;
  }
  for (const char* list :
       {"127.0.0.2", "127.0.0.2/32", "128.0.0.0/8", "0.0.0.1", "1", ".1", "127.0.0.1/33",
        "127.0.0.1/x", "127.0.0.1/", "127.0.0.0/-8", "0.0.0.0/0", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE(is_without_proxy(list, "127.0.0.1")) << list;
  }
  for (const char* list : {"::1", "0:0::1", "::/8", "::1/128", "::/127"}) {
    EXPECT_TRUE(is_without_proxy(list, "::1")) << list;
  }
  for (const char* list : {"[::1]", "::2", "::1/129", "::2/127", "127.0.0.1", "1"}) {
    EXPECT_FALSE(is_without_proxy(list, "::1")) << list;
  }
}

}  // namespace
}  // namespace everai::api
