#include "config/load.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "config/accounts.hpp"
#include "config/yaml.hpp"
#include "support/files.hpp"
#include "support/temp_dir.hpp"

namespace everai::config {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string kTls = EVERAI_TESTDATA "/config/tls/";

class LoadTest : public testing::Test {
 protected:
  /// Loads a file of this text, with what else `source_` says.
  Result<Loaded> try_load(const std::string& text, mode_t mode = 0600) {
    source_.file = dir_ / "c.yml";
    test::write_file(source_.file, text);
    EXPECT_EQ(::chmod(source_.file.c_str(), mode), 0);
    return config::load(source_);
  }
  Config load(const std::string& text) {
    Result<Loaded> loaded = try_load(text);
    EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().message);
    return loaded ? std::move(loaded->config) : Config{};
  }
  /// Why the text is refused, with FILE for the file's path.
  std::string refusal(const std::string& text) {
    const Result<Loaded> loaded = try_load(text);
    if (loaded) {
      return "accepted";
    }
    std::string message = loaded.error().message;
    for (std::size_t at = 0; (at = message.find(source_.file)) != std::string::npos;) {
      message.replace(at, source_.file.size(), "FILE");
    }
    return message;
  }
  /// Of a configuration whose apps have a token if they say nothing else.
  std::vector<std::string> warnings(const std::string& text, mode_t mode = 0600) {
    source_.environment.authorization = {{Secret("token"), ""}, "EVERAI_TOKEN"};
    const Result<Loaded> loaded = try_load(text, mode);
    EXPECT_TRUE(loaded.has_value()) << (loaded ? "" : loaded.error().message);
    return loaded ? loaded->warnings : std::vector<std::string>{};
  }

  test::TempDir dir_;
  Source source_;
};

/// What an app may say of itself that is wrong, alone or beside what is common. TLS is the folder
/// of certificates, and ABSENT is no file.
constexpr std::array kMistakes{
    "scrape_interval: 5 minutes",
    "scrape_interval: [1m]",
    "scrape_interval:",
    "scrape_timeout: 2m",
    "staleness: 1s",
    "recent_days: '2'",
    "slo_objective: 7",
    "requests_per_second: .nan",
    "unknown: 1",
    "name: 7, apps: []",
    "gpu_prices: nonsense",
    "gpu_prices: [{model: L4}]",
    "gpu_prices: [{model: L4, per_hour: 1}, {model: L4, per_hour: 1}]",
    "authorization: {}",
    "authorization: {credentials: a b}",
    "authorization: {credentials: a, credentials_file: b}",
    "endpoint: 'ftp://own'",
    "endpoint: 'http://own'",
    "proxy_url: 7",
    "tls_config: 7",
    "tls_config: {ca_file: ABSENT}",
    "tls_config: {ca_file: .}",
    "tls_config: {ca_file: TLS/damaged.pem}",
    "tls_config: {ca_file: TLS/client.key}",
    "tls_config: {cert_file: TLS/client.pem}",
    "tls_config: {cert_file: TLS/client.pem, key_file: ABSENT}",
    "tls_config: {cert_file: TLS/client.pem, key_file: TLS/other.key}",
    "tls_config: {cert_file: TLS/client.pem, key_file: TLS/encrypted.key}",
    "recent_days: 1, recent_days: 1",
    "recent_days: &x 1",
    "recent_days: !!int 1",
    "&x recent_days: 1",
    "scrape_interval: &x 1m, staleness: *x",
    "<<: {recent_days: 1}",
};

std::string planted(std::string text) {
  const std::string_view name = "TLS/";
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += kTls.size()) {
    text.replace(at, name.size(), kTls);
  }
  return text;
}

TEST_F(LoadTest, HasDefaultsForAllButTheApps) {
  const Config config = load("apps: [{name: sd}]\n");
  EXPECT_EQ(config.requests_per_second, 100);
  ASSERT_EQ(config.apps.size(), 1U);
  const AppConfig& app = config.apps[0];
  EXPECT_EQ(app.app, (api::AppRef{"default", "sd"}));
  api::Account account;
  account.endpoint = "https://everai.expvent.com";
  EXPECT_EQ(*app.account, account);
  EXPECT_EQ(app.poll.scrape_interval, seconds{30});
  EXPECT_EQ(app.poll.scrape_timeout, seconds{10});
  EXPECT_EQ(app.poll.staleness, seconds{90});
  EXPECT_EQ(app.poll.recent_days, 1U);
  EXPECT_FALSE(app.requests_per_second.has_value());
  EXPECT_EQ(app.settings, AppSettings{});
}

TEST_F(LoadTest, NeedsNoFile) {
  source_.apps = {{{"default", "sd"}, "--app"}};
  const Result<Loaded> loaded = config::load(source_);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->config.apps.size(), 1U);
  source_.apps.clear();
  EXPECT_EQ(config::load(source_).error().message,
            "no app is given, expected apps in the configuration file, or --app NAMESPACE/NAME");
}

TEST_F(LoadTest, PutsTheStrongestPlaceFirst) {
  source_.environment.endpoint = {"http://environment", "EVERAI_ENDPOINT"};
  EXPECT_EQ(load("apps: [{name: sd}]\n").apps[0].account->endpoint, "http://environment");
  const std::string text =
      "global: {endpoint: 'http://global'}\n"
      "apps: [{name: a}, {name: b, endpoint: 'http://own'}]\n";
  EXPECT_EQ(load(text).apps[0].account->endpoint, "http://global");
  source_.flags.endpoint = {"http://flag", "--api.endpoint"};
  EXPECT_EQ(load(text).apps[0].account->endpoint, "http://flag");
  EXPECT_EQ(load(text).apps[1].account->endpoint, "http://own");
}

TEST_F(LoadTest, GivesEachAppWhatItSaysOfItself) {
  const Config config = load(
      "global: {scrape_interval: 1m, recent_days: 2, requests_per_second: 7, slo_objective: 0.9,\n"
      "  gpu_prices: [{model: L4, per_hour: 1}]}\n"
      "apps:\n"
      "  - {name: a}\n"
      "  - {name: b, scrape_interval: 2m, scrape_timeout: 90s, staleness: 3m, recent_days: 3,\n"
      "     requests_per_second: 0.5, slo_objective: 0.5, queue_backlog_threshold: 3,\n"
      "     gpu_prices: []}\n");
  EXPECT_EQ(config.requests_per_second, 7);
  const AppConfig& a = config.apps[0];
  EXPECT_EQ(a.poll, (PollSettings{minutes{1}, seconds{10}, minutes{3}, 2}));
  EXPECT_FALSE(a.requests_per_second.has_value());
  EXPECT_EQ(a.settings, (AppSettings{0.9, 10, {{"L4", 1, "USD"}}}));
  const AppConfig& b = config.apps[1];
  EXPECT_EQ(b.poll, (PollSettings{minutes{2}, seconds{90}, minutes{3}, 3}));
  EXPECT_EQ(b.requests_per_second, 0.5);
  EXPECT_EQ(b.settings, (AppSettings{0.5, 3, {}}));
}

TEST_F(LoadTest, AddsTheAppsOfFileAndFlags) {
  source_.apps = {{{"default", "b"}, "--app"}};
  const Config config = load("apps: [{name: a}]\n");
  ASSERT_EQ(config.apps.size(), 2U);
  EXPECT_EQ(config.apps[0].app.name, "a");
  EXPECT_EQ(config.apps[1].app.name, "b");
  EXPECT_EQ(refusal("apps: [{name: b}]\n"),
            "--app: app default/b is given twice, first by FILE:1:15");
}

TEST_F(LoadTest, SharesAnAccountAmongItsApps) {
  const Config config = load(
      "global: {authorization: {credentials_file: t}}\n"
      "apps: [{name: a}, {name: b, authorization: {credentials_file: t}},\n"
      "  {name: c, authorization: {credentials_file: u}}]\n");
  EXPECT_EQ(config.apps[0].account, config.apps[1].account);
  EXPECT_NE(config.apps[0].account, config.apps[2].account);
  EXPECT_EQ(config.apps[0].account->token_file, dir_ / "t");
}

TEST_F(LoadTest, SharesAnAccountAmongAppsThatEachSayTheSame) {
  const Config config = load(
      "apps:\n"
      "  - {name: a, authorization: {credentials: x}, tls_config: {ca_file: " +
      kTls +
      "ca.pem}}\n"
      "  - {name: b, authorization: {credentials: x}, tls_config: {ca_file: " +
      kTls +
      "ca.pem}}\n"
      "  - {name: c, authorization: {credentials: x}}\n"
      "  - {name: d, authorization: {credentials: y}, tls_config: {ca_file: " +
      kTls +
      "ca.pem}}\n"
      "  - {name: e, endpoint: 'http://e', authorization: {credentials: x}}\n");
  EXPECT_EQ(config.apps[0].account, config.apps[1].account);
  for (std::size_t i = 2; i < config.apps.size(); ++i) {
    EXPECT_NE(config.apps[0].account, config.apps[i].account) << i;
  }
  EXPECT_EQ(config.apps[3].account->token.reveal(), "y");
  EXPECT_EQ(config.apps[4].account->endpoint, "http://e");
}

TEST_F(LoadTest, TakesAccountsOfAnotherConfigurationThatAreTheSame) {
  const std::string text =
      "apps:\n"
      "  - {name: a, authorization: {credentials: x}}\n"
      "  - {name: b, authorization: {credentials: y}}\n";
  const Config before = load(text);
  Config after = load(text +
                      "  - {name: c, authorization: {credentials: x}}\n"
                      "  - {name: d, authorization: {credentials: z}}\n");
  EXPECT_NE(after.apps[0].account, before.apps[0].account);
  share_accounts(before, after);
  EXPECT_EQ(after.apps[0].account, before.apps[0].account);
  EXPECT_EQ(after.apps[1].account, before.apps[1].account);
  EXPECT_EQ(after.apps[2].account, before.apps[0].account);
  EXPECT_EQ(after.apps[3].account->token.reveal(), "z");
}

TEST_F(LoadTest, ChecksEachKeyWithEachCertificateThatNamesIt) {
  const std::string good = "tls_config: {cert_file: " + kTls + "client.pem, key_file: " + kTls;
  EXPECT_NE(refusal("apps:\n"
                    "  - {name: a, " +
                    good +
                    "client.key}}\n"
                    "  - {name: b, " +
                    good +
                    "client.key}}\n"
                    "  - {name: c, " +
                    good + "other.key}}\n")
                .find("it is not the key of cert_file's first certificate"),
            std::string::npos);
}

TEST_F(LoadTest, ComparesByValue) {
  const std::string text = "global: {authorization: {credentials: x}}\napps: [{name: a}]\n";
  EXPECT_EQ(load(text), load(text));
  EXPECT_NE(load(text), load("global: {authorization: {credentials: y}}\napps: [{name: a}]\n"));
}

TEST_F(LoadTest, LetsDefaultsFollowTheInterval) {
  const PollSettings poll = load("global: {scrape_interval: 5s}\napps: [{name: a}]\n").apps[0].poll;
  EXPECT_EQ(poll.scrape_timeout, seconds{5});
  EXPECT_EQ(poll.staleness, seconds{15});
}

TEST_F(LoadTest, BlamesWhatStandsClosestToTheApp) {
  source_.flags.scrape_timeout = {seconds{40}, "--scrape.timeout"};
  EXPECT_EQ(refusal("apps: [{name: a}]\n"),
            "--scrape.timeout: scrape_timeout is 40s, expected at most scrape_interval, 30s (the "
            "default)");
  EXPECT_EQ(refusal("global: {scrape_interval: 20s}\napps: [{name: a}]\n"),
            "--scrape.timeout: scrape_timeout is 40s, expected at most scrape_interval, 20s "
            "(FILE:1:27)");
  EXPECT_EQ(refusal("apps: [{name: a, scrape_interval: 20s}]\n"),
            "FILE:1:35: scrape_interval is 20s, expected at least scrape_timeout, 40s "
            "(--scrape.timeout)");
  source_.flags = {};
  source_.flags.scrape_interval = {minutes{2}, "--scrape.interval"};
  EXPECT_EQ(refusal("global: {staleness: 1m}\napps: [{name: a}]\n"),
            "--scrape.interval: scrape_interval is 2m, expected at most staleness, 1m "
            "(FILE:1:21)");
}

TEST_F(LoadTest, SendsTheCommonTokenToTheCommonEndpointOnly) {
  const std::string own = "apps: [{name: a, endpoint: 'http://own'}]\n";
  EXPECT_EQ(load(own).apps[0].account->token.reveal(), "");
  source_.environment.authorization = {{Secret("canary"), ""}, "EVERAI_TOKEN"};
  const std::string refused =
      "FILE:1:28: app default/a has an endpoint of its own, to which the common token is not "
      "sent, expected an authorization of its own beside it";
  EXPECT_EQ(refusal(own), refused);
  const Config config = load(
      "apps: [{name: a, endpoint: 'http://own', authorization: {credentials: x}}, {name: b}]\n");
  EXPECT_EQ(config.apps[0].account->token.reveal(), "x");
  EXPECT_EQ(config.apps[1].account->token.reveal(), "canary");
  source_.flags.endpoint = {"http://own", "--api.endpoint"};
  EXPECT_EQ(load(own).apps[0].account->token.reveal(), "canary");
  source_.environment = {};
  source_.flags.endpoint.reset();
  source_.flags.authorization = {{Secret(), "/t"}, "--api.token-file"};
  EXPECT_EQ(refusal(own), refused);
}

TEST_F(LoadTest, ReplacesAWeakerTokenAsAWhole) {
  source_.environment.authorization = {{Secret("canary"), ""}, "EVERAI_TOKEN"};
  const api::Account account =
      *load("global: {authorization: {credentials_file: /t}}\napps: [{name: a}]\n").apps[0].account;
  EXPECT_EQ(account.token_file, "/t");
  EXPECT_TRUE(account.token.empty());
}

TEST_F(LoadTest, ReadsCertificatesAndKeys) {
  const std::string text = "global: {tls_config: {ca_file: " + kTls + "ca.pem, cert_file: " + kTls +
                           "client.pem, key_file: " + kTls +
                           "client.key}}\napps: [{name: a}, {name: b, tls_config: {}}]\n";
  const Result<Loaded> loaded = try_load(text);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const api::Account& account = *loaded->config.apps[0].account;
  EXPECT_EQ(account.authorities_pem, test::read_file(kTls + "ca.pem"));
  EXPECT_EQ(account.certificate_pem, test::read_file(kTls + "client.pem"));
  EXPECT_EQ(account.key_pem.reveal(), test::read_file(kTls + "client.key"));
  EXPECT_EQ(account.authorities_file, kTls + "ca.pem");
  EXPECT_EQ(account.certificate_file, kTls + "client.pem");
  EXPECT_EQ(account.key_file, kTls + "client.key");
  EXPECT_EQ(loaded->config.apps[1].account->authorities_pem, "");
}

TEST_F(LoadTest, TakesProxiesOfTheEnvironmentForAppsWithoutOne) {
  source_.proxies.http = {"http_proxy", Secret("user:canary@proxy:1")};
  source_.proxies.https = {"HTTPS_PROXY", Secret("http://tunnel:2")};
  source_.proxies.no_proxy = "direct.test";
  const std::string own = ", authorization: {credentials: x}";
  const std::string text = "apps:\n- {name: a}\n- {name: b, endpoint: 'http://host.test'" + own +
                           "}\n- {name: c, endpoint: 'http://direct.test'" + own +
                           "}\n- {name: d, proxy_url: 'http://own:3'}\n";
  const Result<Loaded> loaded = try_load(text);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto proxy = [&loaded](std::size_t app) { return loaded->config.apps[app].account->proxy; };
  EXPECT_EQ(proxy(0), (api::Proxy{"http://tunnel:2", Secret()}));
  EXPECT_EQ(proxy(1), (api::Proxy{"http://proxy:1", Secret("user:canary")}));
  EXPECT_EQ(proxy(2), api::Proxy());
  EXPECT_EQ(proxy(3), (api::Proxy{"http://own:3", Secret()}));

  source_.proxies.https.text = Secret("ftp://user:canary@tunnel:2");
  const Result<Loaded> refused = try_load(text);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "HTTPS_PROXY: this is no proxy such as http://proxy:3128 or "
            "http://USER:PASSWORD@proxy:3128");
  EXPECT_TRUE(try_load("apps: [{name: d, proxy_url: 'http://own:3'}]\n").has_value());
}

TEST_F(LoadTest, WarnsOfSecretsThatOthersCanRead) {
  const std::string with_secret =
      "global: {authorization: {credentials: canary}}\napps: [{name: a}]\n";
  const std::string warning =
      ": it holds a secret, but others than its owner and group have access to it";
  EXPECT_TRUE(warnings(with_secret, 0640).empty());
  EXPECT_EQ(warnings(with_secret, 0644), std::vector<std::string>{source_.file + warning});
  EXPECT_TRUE(warnings("apps: [{name: a}]\n", 0644).empty());
  EXPECT_TRUE(warnings("apps: [{name: a, proxy_url: 'http://p'}]\n", 0644).empty());
  EXPECT_EQ(warnings("apps: [{name: a, proxy_url: 'http://u:p@p'}]\n", 0644).size(), 1U);
}

TEST_F(LoadTest, WarnsOnceOfEachFileThatOthersCanRead) {
  test::write_file(dir_ / "token", "canary");
  ASSERT_EQ(::chmod((dir_ / "token").c_str(), 0604), 0);
  test::write_file(dir_ / "key", test::read_file(kTls + "client.key"));
  ASSERT_EQ(::chmod((dir_ / "key").c_str(), 0644), 0);
  const std::string text =
      "global: {authorization: {credentials_file: token},\n"
      "  tls_config: {cert_file: " +
      kTls + "client.pem, key_file: key}}\napps: [{name: a}, {name: b, recent_days: 2}]\n";
  const std::string warning = " but others than its owner and group have access to it";
  EXPECT_EQ(warnings(text),
            (std::vector<std::string>{dir_ / "token: it holds a token," + warning,
                                      dir_ / "key: it holds a private key," + warning}));
}

TEST_F(LoadTest, WarnsOfAnOpenFileThatHoldsACertificateAndItsKey) {
  const std::string both =
      test::read_file(kTls + "client.pem") + test::read_file(kTls + "client.key");
  test::write_file(dir_ / "both", both);
  ASSERT_EQ(::chmod((dir_ / "both").c_str(), 0604), 0);
  EXPECT_EQ(
      warnings("global: {tls_config: {cert_file: both, key_file: both}}\napps: [{name: a}]\n"),
      std::vector<std::string>{
          dir_ / "both: it holds a private key, but others than its owner and group have "
                 "access to it"});
}

TEST_F(LoadTest, WarnsOfAppsWithoutAToken) {
  const Result<Loaded> loaded =
      try_load("apps: [{name: a}, {name: b, authorization: {credentials: t}}, {name: c}]\n");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  ASSERT_FALSE(loaded->warnings.empty());
  EXPECT_EQ(loaded->warnings.back(),
            "no API token for default/a, default/c: requests go without one");
}

TEST_F(LoadTest, NamesSomeOfManyAppsWithoutATokenAndCountsTheRest) {
  std::string text = "apps:\n";
  for (int i = 100; i < 300; ++i) {
    text += "- {name: app-" + std::to_string(i) + "}\n";
  }
  const Result<Loaded> loaded = try_load(text);
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->warnings,
            std::vector<std::string>{
                "no API token for default/app-100, default/app-101, default/app-102, "
                "default/app-103, default/app-104, default/app-105, default/app-106 and 193 more: "
                "requests go without one"});
}

TEST_F(LoadTest, TellsOfTheFilesThatItReadAndWhetherTheyAreAsBefore) {
  const std::string path = dir_ / "everai.yml";
  const std::string text =
      "global: {tls_config: {ca_file: " + kTls + "ca.pem}}\napps: [{name: a}]\n";
  test::write_file(path, text);
  source_.file = path;
  const Look first = look(source_);
  ASSERT_EQ(first.files.size(), 2U);
  EXPECT_EQ(first.files[0].path, path);
  EXPECT_EQ(first.files[0].digest, sha256(text));
  EXPECT_EQ(first.files[1].path, kTls + "ca.pem");
  EXPECT_EQ(look(source_).files, first.files);
  test::write_file(path, "apps: [{name: b}]\n");
  const Look second = look(source_);
  ASSERT_EQ(second.files.size(), 1U);
  EXPECT_NE(second.files[0], first.files[0]);
  std::filesystem::remove(path);
  const Look third = look(source_);
  EXPECT_FALSE(third.loaded);
  ASSERT_EQ(third.files.size(), 1U);
  EXPECT_EQ(third.files[0].changed, std::nullopt);
}

TEST_F(LoadTest, DoesNotNeedTheTokensFileYet) {
  const std::string text = "apps: [{name: a, authorization: {credentials_file: none}}]\n";
  EXPECT_TRUE(warnings(text).empty());
}

TEST_F(LoadTest, SaysWhyAFileCannotBeRead) {
  source_.file = dir_ / "none";
  EXPECT_EQ(config::load(source_).error().message, dir_ / "none" + ": No such file or directory");
  source_.file = dir_ / "";
  EXPECT_EQ(config::load(source_).error().message, dir_ / "" + ": it is not a regular file");
  EXPECT_EQ(refusal(std::string(kMaxYamlBytes + 1, '#')), "FILE: it is larger than 1024 KiB");
}

TEST_F(LoadTest, LoadsTheAppsOfTheShardAlone) {
  source_.shard = {.number = 1, .total = 2};
  source_.apps = {{{"team-b", "llm"}, "--app"}};
  const Config config =
      load("apps: [{name: sd}, {name: llm}, {namespace: team-b, name: whisper}]\n");
  ASSERT_EQ(config.apps.size(), 2U);
  EXPECT_EQ(config.apps[0].app, (api::AppRef{"default", "sd"}));
  EXPECT_EQ(config.apps[1].app, (api::AppRef{"default", "llm"}));
}

TEST_F(LoadTest, TakesAShardWithoutAppsButNoConfigurationWithoutAny) {
  source_.shard = {.number = 0, .total = 2};
  EXPECT_TRUE(load("apps: [{name: sd}]\n").apps.empty());
  EXPECT_EQ(refusal("global: {}\n"),
            "FILE: no app is given, expected apps in the configuration file, or --app "
            "NAMESPACE/NAME");
}

TEST_F(LoadTest, ChecksTheAppsOfOtherShardsToo) {
  source_.shard = {.number = 0, .total = 2};
  EXPECT_EQ(refusal("apps: [{name: sd}, {name: sd}]\n"),
            "FILE:1:27: app default/sd is given twice, first by FILE:1:15");
}

TEST_F(LoadTest, LoadsAnAppAloneWhateverIsWrongInAnother) {
  const std::string global = "global: {authorization: {credentials: t}, staleness: 2m}\napps:\n";
  const std::string wanted = "  - {name: b, recent_days: 3, authorization: {credentials: own}}\n";
  source_.only = {{"default", "b"}, "the command line"};
  const Config alone = load(global + wanted);
  ASSERT_EQ(alone.apps.size(), 1U);
  EXPECT_EQ(alone.apps[0].poll.recent_days, 3U);
  EXPECT_EQ(alone.apps[0].account->token.reveal(), "own");
  std::vector<std::string> others{"7",
                                  "",
                                  "~",
                                  "[]",
                                  "[name, b]",
                                  "text",
                                  "{}",
                                  "{recent_days: 3}",
                                  "{b: name}",
                                  "{name: }",
                                  "{name: [b]}",
                                  "{name: {b: c}}",
                                  "{name: ''}",
                                  "{name: a/b}",
                                  "{name: b/}",
                                  "{namespace: [default], name: b}",
                                  "{namespace: , name: b}",
                                  "{namespace: '', name: b}",
                                  "{namespace: {}, name: b}",
                                  "{name: a, name: b}",
                                  "{name: a, namespace: x, 7: b}",
                                  "{name: &b b2}",
                                  "&b {name: a}",
                                  "!!b {name: a}",
                                  "{&name x: b}",
                                  "{name: a}\n  - {name: a}",
                                  "{namespace: team-b, name: b, slo_objective: 7}",
                                  "{name: B, slo_objective: 7}",
                                  "{name: 'b ', slo_objective: 7}"};
  for (const char* mistake : kMistakes) {
    others.push_back(planted(std::string("{name: a, ") + mistake + "}"));
    others.push_back(planted(std::string("{") + mistake + "}"));
  }
  for (const std::string& other : others) {
    const std::string item = "  - " + other + "\n";
    for (const std::string& apps : {item + wanted, wanted + item, item + wanted + item}) {
      const Result<Loaded> loaded = try_load(global + apps);
      ASSERT_TRUE(loaded.has_value()) << apps << loaded.error().message;
      EXPECT_EQ(loaded->config, alone) << apps;
      EXPECT_TRUE(loaded->warnings.empty()) << apps;
    }
  }
}

TEST_F(LoadTest, LoadsAnAppAloneThatTheFileDoesNotHaveIfThatIsKnown) {
  const std::string global = "global: {authorization: {credentials: t}}\napps:\n";
  source_.only = {{"default", "c"}, "the command line"};
  for (const char* other : {"{name: a}", "{name: a, slo_objective: 7}", "{name: a, name: c}",
                            "{namespace: x, name: c, slo_objective: 7}", "{name: C, b: c}",
                            "&b {name: a}", "{name: a}\n  - {name: a}"}) {
    const Config config = load(global + "  - " + other + "\n");
    ASSERT_EQ(config.apps.size(), 1U) << other;
    EXPECT_EQ(config.apps[0].account->token.reveal(), "t") << other;
  }
  // One of these may be meant for it, with an account of its own.
  for (const char* other :
       {"7", "", "[name, c]", "c", "{}", "{recent_days: 3}", "{nam: c}", "{name: }", "{name: [c]}",
        "{name: {c: d}}", "{name: ''}", "{namespace: [default], name: c}", "{namespace: , name: c}",
        "{namespace: {}, name: c}"}) {
    const std::string why = refusal(global + "  - {name: a}\n  - " + other + "\n");
    EXPECT_TRUE(why.starts_with("FILE:4:") || why.starts_with("FILE:5:")) << other << ": " << why;
  }
}

TEST_F(LoadTest, TellsWhatIsWrongInTheAppThatIsWantedAlone) {
  for (const char* mistake : kMistakes) {
    const std::string text = planted(
        "global: {authorization: {credentials: t}, staleness: 90s}\n"
        "apps: [{name: a}, {name: b, " +
        std::string(mistake) + "}]\n");
    source_.only.reset();
    const std::string why = refusal(text);
    EXPECT_TRUE(why.starts_with("FILE:2:")) << why;
    source_.only = {{"default", "b"}, "the command line"};
    EXPECT_EQ(refusal(text), why) << text;
  }
}

TEST_F(LoadTest, TellsWhatIsWrongInTheFileOfAnAppThatIsWantedAlone) {
  for (const char* text :
       {"apps: [{name: b}, {name: a}, {name: b}]\n", "apps: [{name: a}, {name: b}, &x {name: b}]\n",
        "global: {slo_objective: 7}\napps: [{name: b, slo_objective: 0.9}]\n",
        "global: {unknown: 7}\napps: [{name: b}]\n", "unknown: 7\napps: [{name: b}]\n",
        "apps: [{name: b}]\nglobal: 7\n", "apps: {name: b}\n", "apps: &x [{name: b}]\n",
        "apps: [{name: b}]\napps: [{name: b}]\n", "[{name: b}]\n",
        "apps: [{name: b}, {name: 'a}]\n", "apps: [{name: b}, {[name]: a}]\n",
        "apps: [{name: b}, {name: *a}]\n", "apps: [{name: b}\n",
        "apps: [{name: b}]\n---\napps: []\n",
        "global: {tls_config: {ca_file: none}}\napps: [{name: b}]\n"}) {
    source_.only.reset();
    const std::string why = refusal(text);
    EXPECT_TRUE(why.starts_with("FILE:")) << why;
    source_.only = {{"default", "b"}, "the command line"};
    EXPECT_EQ(refusal(text), why) << text;
  }
}

TEST_F(LoadTest, LooksAtNoFileThatTheAppWantedAloneDoesNotNeed) {
  source_.only = {{"default", "b"}, "the command line"};
  source_.file = dir_ / "c.yml";
  test::write_file(source_.file,
                   "global: {tls_config: {ca_file: none}}\n"
                   "apps: [{name: a}, {name: b, tls_config: {}}]\n");
  const Look seen = look(source_);
  EXPECT_TRUE(seen.loaded.has_value());
  ASSERT_EQ(seen.files.size(), 1U);
  EXPECT_EQ(seen.files[0].path, source_.file);
}

TEST_F(LoadTest, TakesWhatIsCommonForAnAppThatTheFileDoesNotHave) {
  source_.only = {{"default", "c"}, "the command line"};
  source_.apps = {{{"default", "other"}, "--app"}};
  source_.shard = {.number = shard_of({"default", "c"}, 2) == 0 ? 1U : 0U, .total = 2};
  source_.environment.authorization = {{Secret("weaker"), ""}, "EVERAI_TOKEN"};
  source_.flags.endpoint = {"http://flag", "--api.endpoint"};
  const Config config = load(
      "global: {authorization: {credentials: t}, endpoint: 'http://global'}\n"
      "apps: [{name: a, authorization: {credentials: own}}]\n");
  ASSERT_EQ(config.apps.size(), 1U);
  EXPECT_EQ(config.apps[0].app, (api::AppRef{"default", "c"}));
  EXPECT_EQ(config.apps[0].account->token.reveal(), "t");
  EXPECT_EQ(config.apps[0].account->endpoint, "http://flag");

  source_.file.clear();
  const Result<Loaded> without_file = config::load(source_);
  ASSERT_TRUE(without_file.has_value());
  EXPECT_EQ(without_file->config.apps.at(0).account->token.reveal(), "weaker");
  source_.apps.push_back({{"default", "c"}, "--app"});
  EXPECT_EQ(config::load(source_)->config.apps.size(), 1U);
  EXPECT_EQ(refusal("apps: [{name: c}]\n"),
            "--app: app default/c is given twice, first by FILE:1:15");
}

TEST_F(LoadTest, WarnsOfNoOtherAppThanTheOneWantedAlone) {
  for (const char* name : {"token", "key", "open-key"}) {
    test::write_file(dir_ / name, test::read_file(kTls + "client.key"));
    ASSERT_EQ(::chmod((dir_ / name).c_str(), 0604), 0);
  }
  const std::string text =
      "apps:\n"
      "  - {name: a, authorization: {credentials_file: token},\n"
      "     tls_config: {cert_file: " +
      kTls +
      "client.pem, key_file: key}}\n"
      "  - {name: b}\n"
      "  - {name: c, tls_config: {cert_file: " +
      kTls + "client.pem, key_file: open-key}}\n";
  const auto warnings_for = [this, &text](const char* name) {
    source_.only = {{"default", name}, "the command line"};
    return try_load(text).value_or(Loaded{}).warnings;
  };
  const std::string open = " but others than its owner and group have access to it";
  EXPECT_EQ(warnings_for("b"),
            std::vector<std::string>{"no API token for default/b: requests go without one"});
  EXPECT_EQ(warnings_for("c"),
            (std::vector<std::string>{dir_ / "open-key: it holds a private key," + open,
                                      "no API token for default/c: requests go without one"}));
  EXPECT_EQ(warnings_for("none"),
            std::vector<std::string>{"no API token for default/none: requests go without one"});
}

TEST_F(LoadTest, WarnsOfAnOpenFileThatHoldsTheSecretOfAnotherApp) {
  source_.only = {{"default", "b"}, "the command line"};
  for (const char* other :
       {"{name: a, slo_objective: 7, authorization: {credentials: x}}",
        "{name: a, proxy_url: 'http://u:p@p', unknown: 7}", "{authorization: {credentials: x}}"}) {
    const std::string text = std::string("apps: [{name: b}, ") + other + ", {name: c}]\n";
    EXPECT_EQ(warnings(text, 0644).size(), 1U) << text;
    EXPECT_TRUE(warnings(text, 0640).empty()) << text;
  }
  EXPECT_TRUE(warnings("apps: [{name: b}, {name: a, authorization: {credentials_file: x}}]\n", 0644)
                  .empty());
}

TEST_F(LoadTest, WarnsOfMissingTokensInItsShardOnly) {
  source_.shard = {.number = 1, .total = 2};
  const Result<Loaded> loaded =
      try_load("apps: [{name: sd}, {namespace: team-b, name: whisper}]\n");
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->warnings,
            std::vector<std::string>{"no API token for default/sd: requests go without one"});
}

}  // namespace
}  // namespace everai::config
