#include "util/secret.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace everai {
namespace {

TEST(Secret, PrintsAsAPlaceholderHoweverItIsPrinted) {
  const Secret secret("canary");
  std::ostringstream stream;
  stream << secret;
  EXPECT_EQ(stream.str(), "<secret>");
  EXPECT_EQ(fmt::format("{} {:>10}", secret, secret), "<secret>   <secret>");
  EXPECT_EQ(secret.reveal(), "canary");
}

}  // namespace
}  // namespace everai
