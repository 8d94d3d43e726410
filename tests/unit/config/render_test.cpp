#include "config/render.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace everai::config {
namespace {

const std::string kFolder = EVERAI_TESTDATA "/config/good/";

Config load_file(const std::string& path) {
  Source source;
  source.file = path;
  Result<Loaded> loaded = load(source);
  EXPECT_TRUE(loaded.has_value()) << path << (loaded ? "" : loaded.error().message);
  return loaded ? std::move(loaded->config) : Config{};
}

TEST(RenderConfig, SaysAllThatRunsWithoutSecrets) {
  EXPECT_EQ(render(load_file(kFolder + "everything.yml")), R"(global:
  requests_per_second: 20.5
apps:
  - namespace: "default"
    name: "sd"
    endpoint: "http://127.0.0.1:9/prefix"
    authorization: {type: Bearer, credentials: <secret>}
    tls_config:
      ca_file: <1 certificate>
      cert_file: <1 certificate>
      key_file: <secret>
    proxy_url: "http://<secret>@127.0.0.1:9"
    scrape_interval: 1m30s
    scrape_timeout: 20s
    staleness: 5m
    recent_days: 2
    slo_objective: 0.995
    queue_backlog_threshold: 25
    gpu_prices:
      - {model: "NVIDIA A100", per_hour: 1.99, currency: "USD"}
      - {model: "NVIDIA L4", per_hour: 0.5, currency: "EUR"}
  - namespace: "team-b"
    name: "llm"
    endpoint: "http://127.0.0.1:10"
    authorization: {type: Bearer, credentials_file: ")" + kFolder +
                                                               R"(token-of-team-b"}
    proxy_url: "socks5h://127.0.0.1:9"
    scrape_interval: 30s
    scrape_timeout: 5s
    staleness: 30s
    recent_days: 30
    requests_per_second: 0.5
    slo_objective: 0.9
    queue_backlog_threshold: 0
    gpu_prices: []
)");
}

TEST(RenderConfig, SaysThatThereAreNoApps) {
  EXPECT_EQ(render({}), "global:\n  requests_per_second: 100\napps: []\n");
}

TEST(RenderConfig, ComesBackAsItWas) {
  const test::TempDir dir;
  for (const char* name : {"smallest", "names_beyond_ascii", "two_accounts",
                           "endpoints_without_tokens", "short_interval_with_default_timeout"}) {
    const Config config = load_file(kFolder + name + ".yml");
    test::write_file(dir / "c.yml", render(config));
    EXPECT_EQ(load_file(dir / "c.yml"), config) << name;
  }
}

}  // namespace
}  // namespace everai::config
