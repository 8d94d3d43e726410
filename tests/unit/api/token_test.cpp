#include "api/token.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace everai::api {
namespace {

namespace fs = std::filesystem;

std::string write_token(const std::string& name, const std::string& text) {
  const fs::path path = fs::path(testing::TempDir()) / name;
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

TEST(ParseToken, DropsBlanksAround) {
  EXPECT_EQ(parse_token("  tok-en\r\n")->reveal(), "tok-en");
}

TEST(ParseToken, RefusesWhatCannotBeInAHeaderAndDoesNotShowIt) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("canary\nx"), std::string("canary x"),
        std::string("canary\0x", 8), std::string("canary\xC3\xBC"), std::string(16385, 'c')}) {
    const auto result = parse_token(text);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kUnauthorized);
    EXPECT_EQ(result.error().message.find("canary"), std::string::npos);
  }
}

TEST(LoadToken, ReadsTheFileAnewEachTime) {
  const std::string path = write_token("token", "one\n");
  EXPECT_EQ(load_token(path)->reveal(), "one");
  write_token("token", "two\n");
  EXPECT_EQ(load_token(path)->reveal(), "two");
}

TEST(LoadToken, SaysWhyAFileCannotBeRead) {
  const auto missing = load_token("/no/such/file");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kUnauthorized);
  EXPECT_EQ(missing.error().message, "token file /no/such/file: No such file or directory");
  EXPECT_FALSE(load_token(testing::TempDir()).has_value()) << "a folder";
  EXPECT_EQ(load_token("/dev/zero").error().message,
            "token file /dev/zero: it is not a regular file");
  EXPECT_FALSE(load_token(write_token("long", std::string(20000, 'x'))).has_value());
}

}  // namespace
}  // namespace everai::api
