// Real datagrams, as a service manager gets them.

#include "app/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "support/temp_dir.hpp"
#include "util/unique_fd.hpp"

namespace everai::app {
namespace {

class ServiceManagerTest : public testing::Test {
 protected:
  ~ServiceManagerTest() override { unsetenv("NOTIFY_SOCKET"); }

  /// Listens at a path; a zero byte in front of it makes it abstract.
  void listen(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(path.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  [[nodiscard]] std::string received() const {
    std::array<char, 256> text{};
    const auto size = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(size));
  }

  const test::TempDir dir;
  const UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM, 0)};
};

TEST_F(ServiceManagerTest, IsToldThatTheExporterServesReloadsAndEnds) {
  listen(dir / "notify");
  setenv("NOTIFY_SOCKET", (dir / "notify").c_str(), 1);
  notify_ready("serves");
  EXPECT_EQ(received(), "READY=1\nSTATUS=serves\n");
  notify_reloading();
  const std::string reloading = received();
  EXPECT_TRUE(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC=")) << reloading;
  EXPECT_GT(std::stoll(reloading.substr(reloading.rfind('=') + 1)), 0);
  notify_stopping();
  EXPECT_EQ(received(), "STOPPING=1\n");
}

TEST_F(ServiceManagerTest, CanHaveAnAbstractSocket) {
  const std::string name = "everai-test-" + std::to_string(::getpid());
  listen(std::string(1, '\0') + name);
  setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  notify_stopping();
  EXPECT_EQ(received(), "STOPPING=1\n");
}

TEST_F(ServiceManagerTest, IsNotNeeded) {
  listen(dir / "notify");
  notify_ready("serves");
  EXPECT_EQ(received(), "nothing");
}

TEST_F(ServiceManagerTest, ThatDoesNotReadHoldsNothingUp) {
  listen(dir / "notify");
  setenv("NOTIFY_SOCKET", (dir / "notify").c_str(), 1);
  int room = 0;
  std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> room;
  testing::internal::CaptureStderr();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < room + 3; ++i) {
    notify_ready("serves");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot be told"), std::string::npos);
}

TEST_F(ServiceManagerTest, ThatIsGoneIsSaidAndChangesNothing) {
  const UniqueFd stream(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string stream_path = dir / "stream";
  stream_path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(stream.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(stream.get(), 1), 0);
  for (const std::string& path : {dir / "gone", std::string(200, 'x'), stream_path,
                                  std::string("@"), std::string("@nobody-there"), dir / "."}) {
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    testing::internal::CaptureStderr();
    notify_ready("serves");
    EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot be told"), std::string::npos);
  }
}

}  // namespace
}  // namespace everai::app
