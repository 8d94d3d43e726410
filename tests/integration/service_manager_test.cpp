// Real datagrams, as a service manager gets them.

#include "app/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

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

TEST_F(ServiceManagerTest, ThatIsGoneIsSaidAndChangesNothing) {
  for (const std::string& path : {dir / "gone", std::string(200, 'x')}) {
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    testing::internal::CaptureStderr();
    notify_ready("serves");
    EXPECT_NE(testing::internal::GetCapturedStderr().find("cannot be told"), std::string::npos);
  }
}

}  // namespace
}  // namespace everai::app
