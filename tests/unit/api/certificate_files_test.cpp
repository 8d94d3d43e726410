#include "api/certificate_files.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/temp_dir.hpp"
#include "util/clock.hpp"

namespace everai::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string pem(const std::string& name) {
  return test::read_file(fmt::format("{}/config/tls/{}", EVERAI_TESTDATA, name));
}

/// The system's time and some more: the time of a file's change cannot be set.
class LaterClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return begin_ + ahead_; }
  [[nodiscard]] Timestamp system_now() const override { return real_.system_now() + ahead_; }
  void advance(milliseconds by) { ahead_ += by; }

 private:
  SystemClock real_;
  SteadyTime begin_ = real_.steady_now();
  milliseconds ahead_{0};
};

class CertificateFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    put("ca", pem("ca.pem"));
    put("cert", pem("client.pem"));
    put("key", pem("client.key"));
    account = std::make_shared<const Account>(Account{.endpoint = "https://platform.test",
                                                      .authorities_pem = pem("ca.pem"),
                                                      .certificate_pem = pem("client.pem"),
                                                      .key_pem = Secret(pem("client.key")),
                                                      .authorities_file = dir / "ca",
                                                      .certificate_file = dir / "cert",
                                                      .key_file = dir / "key"});
  }
  void put(const std::string& name, const std::string& text) const {
    test::write_file(dir / name, text);
  }
  std::shared_ptr<const Account> later() {
    clock.advance(seconds(2));
    return files.current(account);
  }
  /// The lines of the log that `look` writes.
  std::ptrdiff_t lines(const std::function<void()>& look) {
    testing::internal::CaptureStderr();
    look();
    const std::string log = testing::internal::GetCapturedStderr();
    return std::count(log.begin(), log.end(), '\n');
  }

  test::TempDir dir;
  LaterClock clock;
  CertificateFiles files{clock};
  std::shared_ptr<const Account> account;
};

TEST_F(CertificateFilesTest, LeavesAnAccountAsItIsWhileItsFilesAre) {
  EXPECT_EQ(lines([this] {
              EXPECT_EQ(later(), account);
              EXPECT_EQ(later(), account);
              put("ca", pem("ca.pem"));
              EXPECT_EQ(later(), account) << "written anew with the same text";
            }),
            0);
  const auto without = std::make_shared<const Account>(Account{.endpoint = "http://a"});
  EXPECT_EQ(files.current(without), without);
}

TEST_F(CertificateFilesTest, GivesTheTextsThatTheFilesHave) {
  const auto before = later();
  put("ca", pem("ca.pem") + pem("client.pem"));
  std::shared_ptr<const Account> after;
  EXPECT_EQ(lines([&] { after = later(); }), 1);
  EXPECT_NE(after, before);
  EXPECT_EQ(after->authorities_pem, pem("ca.pem") + pem("client.pem"));
  EXPECT_EQ(after->certificate_pem, account->certificate_pem);
  EXPECT_EQ(after->endpoint, account->endpoint);
  EXPECT_EQ(later(), after) << "the same while nothing changes, so that connections are kept";
}

TEST_F(CertificateFilesTest, FollowsASymbolicLink) {
  test::write_file(dir / "new", pem("client.pem") + pem("ca.pem"));
  std::filesystem::remove(dir / "cert");
  std::filesystem::create_symlink(dir / "new", dir / "cert");
  EXPECT_EQ(later()->certificate_pem, pem("client.pem") + pem("ca.pem"));
}

TEST_F(CertificateFilesTest, WaitsUntilAFileIsLeftAlone) {
  // It was written just now, by a clock that is not ahead.
  put("ca", pem("ca.pem") + pem("client.pem"));
  EXPECT_EQ(files.current(account), account);
  clock.advance(milliseconds(1500));
  EXPECT_NE(files.current(account), account);
}

TEST_F(CertificateFilesTest, LooksOnceASecondAtMost) {
  EXPECT_EQ(later(), account);
  put("ca", pem("ca.pem") + pem("client.pem"));
  clock.advance(milliseconds(900));
  EXPECT_EQ(files.current(account), account);
  clock.advance(milliseconds(200));
  EXPECT_NE(files.current(account), account);
}

TEST_F(CertificateFilesTest, KeepsWhatIsGoodAndSaysOnceWhatIsBad) {
  const std::string half = pem("ca.pem").substr(0, 200);
  const std::vector<std::pair<std::string, std::string>> bad{
      {"ca", half},   {"ca", ""},      {"ca", "text"},         {"ca", std::string(2 << 20, 'x')},
      {"cert", half}, {"key", "text"}, {"key", pem("ca.pem")}, {"cert", pem("ca.pem")},
  };
  EXPECT_EQ(later(), account);
  for (const auto& [name, text] : bad) {
    const std::string good = test::read_file(dir / name);
    put(name, text);
    EXPECT_EQ(lines([this] {
                EXPECT_EQ(later(), account);
                EXPECT_EQ(later(), account);
              }),
              1)
        << name;
    put(name, good);
    EXPECT_EQ(lines([this] { EXPECT_EQ(later(), account); }), 1) << name;
  }
  std::filesystem::remove(dir / "key");
  EXPECT_EQ(lines([this] { EXPECT_EQ(later(), account); }), 1);
  std::filesystem::create_directory(dir / "key");
  EXPECT_EQ(lines([this] { EXPECT_EQ(later(), account); }), 1);
  // Nobody writes into this pipe: to open it would wait for ever.
  std::filesystem::remove(dir / "ca");
  ASSERT_EQ(mkfifo((dir / "ca").c_str(), 0600), 0);
  EXPECT_EQ(lines([this] { EXPECT_EQ(later(), account); }), 1);
}

TEST_F(CertificateFilesTest, SaysWhatManyAccountsShareOnce) {
  const auto other = [this](const std::string& token) {
    Account copy = *account;
    copy.token = Secret(token);
    return std::make_shared<const Account>(copy);
  };
  const auto a = other("a");
  const auto b = other("b");
  put("ca", pem("ca.pem") + pem("client.pem"));
  clock.advance(seconds(2));
  EXPECT_EQ(lines([&] {
              EXPECT_EQ(files.current(a)->token, a->token);
              EXPECT_EQ(files.current(b)->token, b->token);
              EXPECT_EQ(files.current(b)->authorities_pem, pem("ca.pem") + pem("client.pem"));
            }),
            1);
}

TEST_F(CertificateFilesTest, BeginsWithWhatIsConfiguredWhenCleared) {
  put("ca", pem("ca.pem") + pem("client.pem"));
  EXPECT_NE(later(), account);
  put("ca", "text");
  files.clear();
  EXPECT_EQ(later(), account);
}

}  // namespace
}  // namespace everai::api
