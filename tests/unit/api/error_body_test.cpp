#include "api/error_body.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

const std::vector<Secret> kNone;

TEST(ErrorOfStatus, HasTheCodeThatTheCallerActsOn) {
  EXPECT_EQ(error_of_status(401, "", kNone).code, ErrorCode::kUnauthorized);
  EXPECT_EQ(error_of_status(403, "", kNone).code, ErrorCode::kForbidden);
  EXPECT_EQ(error_of_status(404, "", kNone).code, ErrorCode::kNotFound);
  EXPECT_EQ(error_of_status(429, "", kNone).code, ErrorCode::kRateLimited);
  EXPECT_EQ(error_of_status(402, "", kNone).code, ErrorCode::kPaymentRequired);
  EXPECT_EQ(error_of_status(407, "", kNone).code, ErrorCode::kProxyAuth);
  EXPECT_EQ(error_of_status(511, "", kNone).code, ErrorCode::kBlocked);
  for (const int status : {201, 204, 302, 400, 500, 503}) {
    EXPECT_EQ(error_of_status(status, "", kNone).code, ErrorCode::kServerError) << status;
  }
}

TEST(ErrorOfStatus, TellsThePlatformsReason) {
  EXPECT_EQ(
      error_of_status(401, R"({"code":16,"message":"token expired","details":[]})", kNone).message,
      "status 401: token expired (code 16)");
  EXPECT_EQ(error_of_status(500, R"({"message":"oops"})", kNone).message, "status 500: oops");
}

TEST(ErrorOfStatus, LeavesOutWhatIsNoReason) {
  for (const char* body :
       {"", "<error/>", "[]", "{", R"({"code":5})", R"({"message":7})", R"({"message":""})"}) {
    EXPECT_EQ(error_of_status(500, body, kNone).message.find("status 500"), 0U) << body;
    EXPECT_LT(error_of_status(500, body, kNone).message.size(), 20U) << body;
  }
}

TEST(ErrorOfStatus, TakesAPageThatRefusesForNoWordOfThePlatform) {
  const char* const page = "<html><title>Access denied</title></html>";
  for (const int status : {400, 401, 403, 404, 405, 406, 451, 511}) {
    const Error error = error_of_status(status, page, kNone);
    EXPECT_EQ(error.code, ErrorCode::kBlocked) << status;
    EXPECT_EQ(error.message,
              "status " + std::to_string(status) + ": an HTML page (\"Access denied\")");
  }
  EXPECT_EQ(error_of_status(402, page, kNone).code, ErrorCode::kPaymentRequired);
  EXPECT_EQ(error_of_status(407, page, kNone).code, ErrorCode::kProxyAuth);
  EXPECT_EQ(error_of_status(408, page, kNone).code, ErrorCode::kServerError);
  EXPECT_EQ(error_of_status(429, page, kNone).code, ErrorCode::kRateLimited);
  EXPECT_EQ(error_of_status(502, page, kNone).code, ErrorCode::kServerError);
  for (const char* text : {"", "denied", R"({"message":"<html>"})", "{}", "<Error/>"}) {
    EXPECT_EQ(error_of_status(403, text, kNone).code, ErrorCode::kForbidden) << text;
  }
}

TEST(ErrorOfPage, TellsThatThePlatformDidNotAnswer) {
  const auto error = error_of_page("<html><title>Sign in</title>", kNone);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kPayload);
  EXPECT_EQ(error->message, "an HTML page (\"Sign in\") in place of the platform's answer");
  EXPECT_FALSE(error_of_page("{}", kNone));
  EXPECT_FALSE(error_of_page("", kNone));
  const std::string late = "<title>" + std::string(77, 'x') + "s3cret</title>";
  EXPECT_EQ(error_of_page(late, {Secret("s3cret")})->message.find("s3"), std::string::npos);
}

TEST(ErrorOfStatus, KeepsTheReasonToOneShortLine) {
  const Error error =
      error_of_status(500, R"({"message":"a\nb)" + std::string(3000, 'x') + R"("})", kNone);
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_LT(error.message.size(), 250U);
}

TEST(ErrorOfStatus, DoesNotRepeatTheToken) {
  const std::string body = R"({"message":"no user has s3cret, s3cret is revoked"})";
  EXPECT_EQ(error_of_status(401, body, {Secret("s3cret")}).message,
            "status 401: no user has <secret>, <secret> is revoked");
  const std::string late = R"({"message":")" + std::string(198, 'x') + R"(s3cret"})";
  EXPECT_EQ(error_of_status(401, late, {Secret("s3cret")}).message.find("s3"), std::string::npos);
}

}  // namespace
}  // namespace everai::api
