#include "api/http_text.hpp"

#include <gtest/gtest.h>

namespace everai::api {
namespace {

TEST(ListingTarget, EncodesTheNamesAndAsksForTheHistory) {
  const AppRef app{"a b/\xC3\xBC", ".."};
  EXPECT_EQ(workers_path(app), "/api/apps/v1/namespaces/a%20b%2F%C3%BC/apps/%2E%2E/workers");
  EXPECT_EQ(listing_target(app, ListingKind::kLive, 3),
            "/api/apps/v1/namespaces/a%20b%2F%C3%BC/apps/%2E%2E/workers");
  EXPECT_EQ(listing_target(app, ListingKind::kHistory, 3),
            "/api/apps/v1/namespaces/a%20b%2F%C3%BC/apps/%2E%2E/workers?showAll=true&recentDays=3");
}

TEST(ListingKindNames, AreTheEndpointLabels) {
  EXPECT_EQ(to_string(ListingKind::kLive), "list_workers");
  EXPECT_EQ(to_string(ListingKind::kHistory), "list_workers_history");
}

TEST(HeaderValue, FindsANameInAnyCase) {
  EXPECT_EQ(header_value("Date: x\r\n", "date"), " x\r\n");
  EXPECT_EQ(header_value("DATE:x", "date"), "x");
  EXPECT_EQ(header_value("Dates: x", "date"), std::nullopt);
  EXPECT_EQ(header_value("date", "date"), std::nullopt);
  EXPECT_EQ(header_value("", "date"), std::nullopt);
}

TEST(IsHeaderSafe, RefusesWhatCouldEndALine) {
  EXPECT_TRUE(is_header_safe("eyJhbGciOi.-_~+/="));
  EXPECT_TRUE(is_header_safe(""));
  for (const char* token : {"a\r\nX: 1", "a b", "a\n", "\x7f", "\xC3\xBC"}) {
    EXPECT_FALSE(is_header_safe(token)) << token;
  }
}

}  // namespace
}  // namespace everai::api
