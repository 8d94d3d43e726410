#include "config/file_text.hpp"

#include <gtest/gtest.h>

#include "support/files.hpp"

namespace everai::config {
namespace {

FileText parse(std::string_view text, std::string_view path = "/etc/everai/c.yml") {
  Result<FileText> file = parse_file_text(text, path);
  EXPECT_TRUE(file.has_value()) << (file ? "" : file.error().message);
  return file.value_or(FileText{});
}

TEST(ParseFileText, ReadsEveryKeyWithItsPlace) {
  const std::string path = EVERAI_TESTDATA "/config/good/everything.yml";
  const FileText file = parse(test::read_file(path), "c.yml");
  const Block& global = file.global;
  EXPECT_EQ(global.endpoint->value, "http://127.0.0.1:9/prefix");
  EXPECT_EQ(global.endpoint->origin, "c.yml:2:13");
  EXPECT_EQ(global.scrape_interval->value, std::chrono::seconds{90});
  EXPECT_EQ(global.scrape_timeout->value, std::chrono::seconds{20});
  EXPECT_EQ(global.staleness->value, std::chrono::minutes{5});
  EXPECT_EQ(global.recent_days->value, 2U);
  EXPECT_EQ(global.requests_per_second->value, 20.5);
  EXPECT_EQ(global.authorization->value.credentials.reveal(), "canary5f0c1d");
  EXPECT_EQ(global.authorization->value.credentials_file, "");
  EXPECT_EQ(global.tls->value.ca_file->value, "../tls/ca.pem");
  EXPECT_EQ(global.tls->value.ca_file->origin, "c.yml:12:14");
  EXPECT_EQ(global.tls->value.cert_file->value, "../tls/client.pem");
  EXPECT_EQ(global.tls->value.key_file->value, "../tls/client.key");
  EXPECT_EQ(global.proxy_url->value.url, "http://127.0.0.1:9");
  EXPECT_EQ(global.proxy_url->value.credentials.reveal(), "user:canary5f0c1d");
  EXPECT_EQ(global.slo_objective->value, 0.995);
  EXPECT_EQ(global.queue_backlog_threshold->value, 25U);
  const std::vector<GpuPrice> prices{{"NVIDIA A100", 1.99, "USD"}, {"NVIDIA L4", 0.5, "EUR"}};
  EXPECT_EQ(global.gpu_prices->value, prices);

  ASSERT_EQ(file.apps.size(), 2U);
  EXPECT_EQ(file.apps[0].app.value, (api::AppRef{"default", "sd"}));
  EXPECT_FALSE(file.apps[0].own.endpoint.has_value());
  const FileApp& app = file.apps[1];
  EXPECT_EQ(app.app.value, (api::AppRef{"team-b", "llm"}));
  EXPECT_EQ(app.app.origin, "c.yml:24:11");
  EXPECT_EQ(app.own.requests_per_second->value, 0.5);
  EXPECT_EQ(app.own.authorization->value.credentials_file, "token-of-team-b");
  EXPECT_FALSE(app.own.tls->value.ca_file.has_value());
  EXPECT_TRUE(app.own.gpu_prices->value.empty());
}

TEST(ParseFileText, TakesRelativePathsFromItsFolder) {
  constexpr std::string_view kText = "global: {authorization: {credentials_file: run/token}}\n";
  const auto token_file = [kText](std::string_view path) {
    return parse(kText, path).global.authorization->value.credentials_file;
  };
  EXPECT_EQ(token_file("/etc/everai/c.yml"), "/etc/everai/run/token");
  EXPECT_EQ(token_file("everai/c.yml"), "everai/run/token");
  EXPECT_EQ(token_file("c.yml"), "run/token");
  EXPECT_EQ(token_file("/c.yml"), "/run/token");
  EXPECT_EQ(parse("global: {authorization: {credentials_file: /run/token}}\n")
                .global.authorization->value.credentials_file,
            "/run/token");
}

TEST(ParseFileText, SaysNothingWhereTheTextIsSilent) {
  for (const char* text : {"", "{}\n", "global:\napps:\n", "global: {}\napps: []\n"}) {
    const FileText file = parse(text);
    EXPECT_TRUE(file.apps.empty()) << text;
    EXPECT_FALSE(file.global.endpoint || file.global.authorization || file.global.gpu_prices)
        << text;
  }
}

TEST(ParseFileText, ReadsTheOnlyAppThatIsWanted) {
  constexpr std::string_view kText =
      "apps:\n"
      "  - {name: sd, slo_objective: 7}\n"
      "  - {namespace: team-b, name: sd, recent_days: 3}\n"
      "  - {namespace: team-b, name: llm, proxy_url: 'http://user:canary5f0c1d@proxy'}\n";
  const api::AppRef wanted{"team-b", "sd"};
  const Result<FileText> file = parse_file_text(kText, "f", &wanted);
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_EQ(file->apps.size(), 1U);
  EXPECT_EQ(file->apps[0].app.value, wanted);
  EXPECT_EQ(file->apps[0].app.origin, "f:3:31");
  EXPECT_EQ(file->apps[0].own.recent_days->value, 3U);
  EXPECT_TRUE(file->holds_secret);

  const api::AppRef bad{"default", "sd"};
  const Result<FileText> refused = parse_file_text(kText, "f", &bad);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().message.starts_with("f:2:31: slo_objective: "))
      << refused.error().message;
}

TEST(ParseFileText, TellsWhetherTheTextItselfHoldsASecret) {
  const auto holds_secret = [](const std::string& block) {
    const bool global = parse("global: {" + block + "}\n").holds_secret;
    EXPECT_EQ(parse("apps: [{name: a, " + block + "}]\n").holds_secret, global) << block;
    return global;
  };
  EXPECT_TRUE(holds_secret("authorization: {credentials: canary5f0c1d}"));
  EXPECT_TRUE(holds_secret("proxy_url: 'http://user:canary5f0c1d@proxy'"));
  EXPECT_FALSE(holds_secret("authorization: {credentials_file: token}"));
  EXPECT_FALSE(holds_secret("proxy_url: 'http://proxy'"));
}

TEST(ParseFileText, EscapesAPathInMessages) {
  const Result<FileText> file = parse_file_text("x", "a\nb");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().message.substr(0, 12), "a\\x0ab:1:1: ");
}

}  // namespace
}  // namespace everai::config
