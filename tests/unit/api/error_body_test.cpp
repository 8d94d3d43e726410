#include "api/error_body.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

TEST(ErrorOfStatus, HasTheCodeThatTheCallerActsOn) {
  EXPECT_EQ(error_of_status(401, "").code, ErrorCode::kUnauthorized);
  EXPECT_EQ(error_of_status(403, "").code, ErrorCode::kForbidden);
  EXPECT_EQ(error_of_status(404, "").code, ErrorCode::kNotFound);
  EXPECT_EQ(error_of_status(429, "").code, ErrorCode::kRateLimited);
  for (const int status : {201, 204, 302, 400, 500, 503}) {
    EXPECT_EQ(error_of_status(status, "").code, ErrorCode::kServerError) << status;
  }
}

TEST(ErrorOfStatus, TellsThePlatformsReason) {
  EXPECT_EQ(error_of_status(401, R"({"code":16,"message":"token expired","details":[]})").message,
            "status 401: token expired (code 16)");
  EXPECT_EQ(error_of_status(500, R"({"message":"oops"})").message, "status 500: oops");
}

TEST(ErrorOfStatus, LeavesOutWhatIsNoReason) {
  for (const char* body :
       {"", "<html>", "[]", "{", R"({"code":5})", R"({"message":7})", R"({"message":""})"}) {
    EXPECT_EQ(error_of_status(500, body).message.find("status 500"), 0U) << body;
    EXPECT_LT(error_of_status(500, body).message.size(), 20U) << body;
  }
}

TEST(ErrorOfStatus, KeepsTheReasonToOneShortLine) {
  const Error error =
      error_of_status(500, R"({"message":"a\nb)" + std::string(3000, 'x') + R"("})");
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_LT(error.message.size(), 250U);
}

}  // namespace
}  // namespace everai::api
