#include "config/parse.hpp"

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
  for (const char* text : {"", "sd", "/sd", "default/", "a/b/c", "a/b\n", "a/\xFF", "a/b ", " a/b",
                           "a /b", "a/\xC2\xA0"}) {
    const auto result = parse_app(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kUsage);
  }
  EXPECT_EQ(message_of(parse_app("sd")), "'sd' is no app such as default/sd");
  EXPECT_FALSE(parse_app("a/" + std::string(254, 'x')).has_value());
}

TEST(ParseRatio, TakesSharesBetweenZeroAndOne) {
  EXPECT_EQ(parse_ratio("0.995"), 0.995);
  for (const char* text : {"", "0", "1", "-0.5", "99%", "0,9", "nan", "0.9x", "-0", "inf", "1e-400",
                           "0.99999999999999999", "0x1p-1"}) {
    EXPECT_FALSE(parse_ratio(text).has_value()) << text;
  }
}

TEST(ParseCount, TakesWholeNumbers) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_EQ(parse_count("9007199254740992"), 9007199254740992U);
  for (const char* text : {"", "-1", "1.5", "9007199254740993", "ten", "1 ", "-0", "+1", "1e1",
                           "0x10", "18446744073709551617"}) {
    EXPECT_FALSE(parse_count(text).has_value()) << text;
  }
}

TEST(ParseGpuPrice, ReadsModelPriceAndCurrency) {
  const GpuPrice price = parse_gpu_price("NVIDIA A100=1.99 EUR").value();
  EXPECT_EQ(price.model, "NVIDIA A100");
  EXPECT_EQ(price.per_hour, 1.99);
  EXPECT_EQ(price.currency, "EUR");
  EXPECT_EQ(parse_gpu_price("L4=0")->currency, "USD");
  for (const char* text : {"",
                           "L4",
                           "=1",
                           "L4=",
                           "L4=x",
                           "L4=-1",
                           "L4=1 ",
                           "L4=inf",
                           "L4=1e10",
                           "L4=-0",
                           "L4=-0.0e1 EUR",
                           "L4=nan",
                           "L4=0x1p3",
                           "L4=1e-400",
                           "L4=1  EUR",
                           "L4=1 EUR ",
                           "L4=1  ",
                           "L4=1 E R",
                           "L4=1 \xC2\xA0"
                           "EUR",
                           " L4=1",
                           "L4 =1",
                           "L4=1\tEUR",
                           "L\xE3\x80\x80"
                           "4=1"}) {
    EXPECT_FALSE(parse_gpu_price(text).has_value()) << text;
  }
}

TEST(ParseDurations, KeepTheirRanges) {
  EXPECT_EQ(parse_interval("1s"), std::chrono::seconds{1});
  EXPECT_EQ(parse_interval("1d"), std::chrono::hours{24});
  EXPECT_EQ(message_of(parse_interval("999ms")), "'999ms' is no interval from 1s to 1d");
  EXPECT_EQ(message_of(parse_interval("1d1ms")), "'1d1ms' is no interval from 1s to 1d");
  EXPECT_EQ(message_of(parse_interval("30")), "'30' is no duration such as 30s or 1m30s");
  EXPECT_EQ(parse_timeout("1ms"), std::chrono::milliseconds{1});
  EXPECT_EQ(message_of(parse_timeout("0")), "'0' is no timeout above 0, up to 1d");
  EXPECT_EQ(parse_staleness("30d"), std::chrono::hours{720});
  EXPECT_EQ(message_of(parse_staleness("31d")), "'31d' is no staleness from 1s to 30d");
}

TEST(ParseDays, TakesOneToThirty) {
  EXPECT_EQ(parse_days("1"), 1U);
  EXPECT_EQ(parse_days("30"), 30U);
  for (const char* text : {"", "0", "31", "-1", "1.5", "1d", "99999999999"}) {
    EXPECT_FALSE(parse_days(text).has_value()) << text;
  }
}

TEST(ParseRate, TakesWhatATimeCanBeMadeOf) {
  EXPECT_EQ(parse_rate("0.5"), 0.5);
  EXPECT_EQ(parse_rate("10000"), 10000);
  EXPECT_EQ(parse_rate("1e4"), 10000);
  EXPECT_EQ(parse_rate("0.001"), 0.001);
  for (const char* text :
       {"",      "0",     "-1",     "10001",  "nan",      "inf",       "1/s",
        "-0",    "1e-10", "1e-300", "1e-320", "1e-400",   "0.0009999", "10000.001",
        "1e400", "0x1p3", "+1",     "1 ",     "infinity", "nan(1)",    "-nan"}) {
    EXPECT_FALSE(parse_rate(text).has_value()) << text;
  }
}

TEST(ParseShard, TakesUpToAThousandShards) {
  EXPECT_EQ(parse_shard_number("0"), 0U);
  EXPECT_EQ(parse_shard_number("999"), 999U);
  EXPECT_EQ(message_of(parse_shard_number("1000")), "'1000' is no number of a shard from 0 to 999");
  EXPECT_EQ(parse_total_shards("1"), 1U);
  EXPECT_EQ(parse_total_shards("1000"), 1000U);
  EXPECT_EQ(message_of(parse_total_shards("0")), "'0' is no number of shards from 1 to 1000");
  for (const char* text : {"", "-1", "1.5", "+1", "01x", "1001", "99999999999"}) {
    EXPECT_FALSE(parse_shard_number(text).has_value()) << text;
    EXPECT_FALSE(parse_total_shards(text).has_value()) << text;
  }
}

TEST(ParsePath, TakesWhatCanBeShown) {
  EXPECT_EQ(parse_path("/etc/everai/token"), "/etc/everai/token");
  EXPECT_EQ(parse_path(std::string(4096, 'x'))->size(), 4096U);
  for (const std::string& text :
       {std::string(), std::string("a\nb"), std::string(4097, 'x'), std::string("a\0b", 3)}) {
    EXPECT_FALSE(parse_path(text).has_value());
  }
}

TEST(ParseNames, RefuseWhatNoPathOrLabelCouldHold) {
  EXPECT_EQ(parse_name("NVIDIA A100/80G"), "NVIDIA A100/80G");
  EXPECT_EQ(message_of(parse_name("")),
            "'' is no name of 1 to 253 bytes without control characters");
  EXPECT_EQ(message_of(parse_name("sd ")),
            "'sd ' is no name: it starts or ends with a space, or has an unusual one in it");
  EXPECT_EQ(message_of(parse_currency("US D")), "'US D' is no currency such as USD");
  EXPECT_EQ(message_of(parse_app_name("a/b")), "'a/b' is no name without a slash, such as sd");
}

TEST(AddPrice, TakesEachModelOnce) {
  std::vector<GpuPrice> prices;
  EXPECT_TRUE(add_price(prices, {"L4", 1, "USD"}).has_value());
  EXPECT_TRUE(add_price(prices, {"A100", 1, "USD"}).has_value());
  EXPECT_EQ(message_of(add_price(prices, {"L4", 1, "EUR"})),
            "the price of GPU model L4 is given twice");
  EXPECT_EQ(prices.size(), 2U);
}

}  // namespace
}  // namespace everai::config
