#include "api/padded_text.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

TEST(PaddedText, IsFollowedByZeroBytes) {
  PaddedText text("ab");
  text.append("cd");
  EXPECT_EQ(text.view(), "abcd");
  EXPECT_EQ(std::string_view(text.view().data() + text.size(), PaddedText::kPaddingBytes),
            std::string(PaddedText::kPaddingBytes, '\0'));
}

TEST(PaddedText, IsEmptyAtFirst) {
  EXPECT_EQ(PaddedText().size(), 0U);
  EXPECT_EQ(PaddedText().view(), "");
}

}  // namespace
}  // namespace everai::api
