#include "api/error_body.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

const Secret kNoToken;

TEST(ErrorOfStatus, HasTheCodeThatTheCallerActsOn) {
  EXPECT_EQ(error_of_status(401, "", kNoToken).code, ErrorCode::kUnauthorized);
  EXPECT_EQ(error_of_status(403, "", kNoToken).code, ErrorCode::kForbidden);
  EXPECT_EQ(error_of_status(404, "", kNoToken).code, ErrorCode::kNotFound);
  EXPECT_EQ(error_of_status(429, "", kNoToken).code, ErrorCode::kRateLimited);
  for (const int status : {201, 204, 302, 400, 500, 503}) {
    EXPECT_EQ(error_of_status(status, "", kNoToken).code, ErrorCode::kServerError) << status;
  }
}

TEST(ErrorOfStatus, TellsThePlatformsReason) {
  EXPECT_EQ(error_of_status(401, R"({"code":16,"message":"token expired","details":[]})", kNoToken)
                .message,
            "status 401: token expired (code 16)");
  EXPECT_EQ(error_of_status(500, R"({"message":"oops"})", kNoToken).message, "status 500: oops");
}

TEST(ErrorOfStatus, LeavesOutWhatIsNoReason) {
  for (const char* body :
       {"", "<html>", "[]", "{", R"({"code":5})", R"({"message":7})", R"({"message":""})"}) {
    EXPECT_EQ(error_of_status(500, body, kNoToken).message.find("status 500"), 0U) << body;
    EXPECT_LT(error_of_status(500, body, kNoToken).message.size(), 20U) << body;
  }
}

TEST(ErrorOfStatus, KeepsTheReasonToOneShortLine) {
  const Error error =
      error_of_status(500, R"({"message":"a\nb)" + std::string(3000, 'x') + R"("})", kNoToken);
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_LT(error.message.size(), 250U);
}

TEST(ErrorOfStatus, DoesNotRepeatTheToken) {
  const std::string body = R"({"message":"no user has s3cret, s3cret is revoked"})";
  EXPECT_EQ(error_of_status(401, body, Secret("s3cret")).message,
            "status 401: no user has <secret>, <secret> is revoked");
  const std::string late = R"({"message":")" + std::string(198, 'x') + R"(s3cret"})";
  EXPECT_EQ(error_of_status(401, late, Secret("s3cret")).message.find("s3"), std::string::npos);
}

}  // namespace
}  // namespace everai::api
