#include "config/config.hpp"

#include <gtest/gtest.h>

namespace everai::config {
namespace {

template <typename T>
std::string message_of(const Result<T>& result) {
  return result ? "accepted" : result.error().message;
}

TEST(ParseApp, ReadsNamespaceAndName) {
  EXPECT_EQ(parse_app("default/sd"), (api::AppRef{"default", "sd"}));
  EXPECT_EQ(parse_app("my team/sd 1.5"), (api::AppRef{"my team", "sd 1.5"}));
}

TEST(ParseApp, RefusesWhatIsNoApp) {
  for (const char* text : {"", "sd", "/sd", "default/", "a/b/c", "a/b\n", "a/\xFF"}) {
    const auto result = parse_app(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kUsage);
  }
  EXPECT_EQ(message_of(parse_app("sd")), "'sd' is no app such as default/sd");
  EXPECT_FALSE(parse_app("a/" + std::string(254, 'x')).has_value());
}

TEST(ParseEndpoint, DropsTheFinalSlash) {
  EXPECT_EQ(parse_endpoint("https://everai.expvent.com/"), "https://everai.expvent.com");
  EXPECT_EQ(parse_endpoint("http://127.0.0.1:8080/prefix//"), "http://127.0.0.1:8080/prefix");
}

TEST(ParseEndpoint, RefusesWhatIsNoEndpoint) {
  for (const char* text : {"", "everai.expvent.com", "ftp://host", "http://", "http://:80",
                           "http:///path", "http://host?x=1", "http://host/#x", "http://a b"}) {
    EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
  }
}

TEST(ParseEndpoint, DoesNotRepeatCredentials) {
  EXPECT_EQ(message_of(parse_endpoint("https://user:canary@host")),
            "the endpoint must not hold credentials");
}

TEST(ParseListenAddress, ReadsHostsAndPorts) {
  EXPECT_EQ(parse_listen_address(":10880")->host, "");
  EXPECT_EQ(parse_listen_address(":10880")->port, 10880);
  EXPECT_EQ(parse_listen_address("127.0.0.1:0")->host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("[::1]:10880")->host, "::1");
  EXPECT_EQ(parse_listen_address("localhost:80")->host, "localhost");
}

TEST(ParseListenAddress, RefusesWhatIsNoAddress) {
  for (const char* text :
       {"", "10880", "localhost", "host:", "host:x", "host:-1", "host:65536", "::1:80", "[]:80"}) {
    EXPECT_FALSE(parse_listen_address(text).has_value()) << text;
  }
}

TEST(ParseRatio, TakesSharesBetweenZeroAndOne) {
  EXPECT_EQ(parse_ratio("0.995"), 0.995);
  for (const char* text : {"", "0", "1", "-0.5", "99%", "0,9", "nan", "0.9x"}) {
    EXPECT_FALSE(parse_ratio(text).has_value()) << text;
  }
}

TEST(ParseCount, TakesWholeNumbers) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("9007199254740992"), 9007199254740992U);
  for (const char* text : {"", "-1", "1.5", "9007199254740993", "ten", "1 "}) {
    EXPECT_FALSE(parse_count(text).has_value()) << text;
  }
}

TEST(ParseGpuPrice, ReadsModelPriceAndCurrency) {
  const GpuPrice price = parse_gpu_price("NVIDIA A100=1.99 EUR").value();
  EXPECT_EQ(price.model, "NVIDIA A100");
  EXPECT_EQ(price.per_hour, 1.99);
  EXPECT_EQ(price.currency, "EUR");
  EXPECT_EQ(parse_gpu_price("L4=0")->currency, "USD");
  for (const char* text : {"", "L4", "=1", "L4=", "L4=x", "L4=-1", "L4=1 ", "L4=inf", "L4=1e10"}) {
    EXPECT_FALSE(parse_gpu_price(text).has_value()) << text;
  }
}

TEST(Validate, TakesEachGpuModelOnce) {
  Config config;
  config.apps = {{"default", "sd"}};
  config.gpu_prices = {{"L4", 1, "USD"}, {"A100", 1, "USD"}, {"L4", 1, "EUR"}};
  EXPECT_EQ(message_of(validate(config)), "the price of GPU model L4 is given twice");
}

TEST(Validate, SaysWhatDoesNotFit) {
  Config config;
  EXPECT_EQ(message_of(validate(config)), "no app is given: use --app NAMESPACE/NAME");
  config.apps = {{"default", "sd"}, {"default", "llm"}, {"default", "sd"}};
  EXPECT_EQ(message_of(validate(config)), "app default/sd is given twice");
  config.apps.pop_back();
  EXPECT_EQ(message_of(validate(config)), "accepted");
  config.scrape_timeout = std::chrono::seconds{31};
  EXPECT_EQ(message_of(validate(config)),
            "the scrape timeout must not be longer than the scrape interval");
  config.scrape_timeout = {};
  EXPECT_EQ(message_of(validate(config)), "the scrape timeout must be above 0");
  config.scrape_interval = std::chrono::milliseconds{999};
  EXPECT_EQ(message_of(validate(config)), "the scrape interval must be at least 1s");
}

}  // namespace
}  // namespace everai::config
