#include "workers/cut_listing.hpp"

#include <gtest/gtest.h>

#include "api/listing.hpp"

namespace everai::workers {
namespace {

std::string sign_in(const std::string& body) {
  return sign_of_cut(body, api::parse_listing(api::PaddedText(body)).value());
}

TEST(SignOfCut, IsNotInAListingThatHasAll) {
  for (const char* body :
       {"{}", R"({"workers": [{"id": "a"}]})", R"({"workers": [], "nextPageToken": ""})",
        R"({"workers": [], "nextPageToken": null})", R"({"workers": [], "hasMore": false})",
        R"({"workers": [{"id": "a"}], "total": 1})", R"({"workers": [{"id": "a"}], "total": "1"})",
        R"({"workers": [{"id": "a"}, {"id": []}], "total": 2})", R"({"workers": [], "total": -7})",
        R"({"workers": [], "total": "many"})", R"({"workers": [], "total": [7]})",
        R"({"workers": [], "nextPageToken": 0})", R"({"workers": [], "has_more": "false"})",
        R"({"workers": [], "next": {}})"}) {
    EXPECT_EQ(sign_in(body), "") << body;
  }
}

TEST(SignOfCut, IsATokenOfTheNextPage) {
  EXPECT_EQ(sign_in(R"({"workers": [{"id": "a"}], "nextPageToken": "x"})"),
            "it may lack workers: nextPageToken names a next page");
  EXPECT_EQ(sign_in("\xEF\xBB\xBF{\"workers\": [], \"hasMore\": true}"),
            "it may lack workers: hasMore names a next page");
}

TEST(SignOfCut, IsAnAddressOrANumberOfTheNextPage) {
  for (const char* body :
       {R"({"workers": [], "next": "http://a/?page=2"})", R"({"workers": [], "nextPageToken": 2})",
        R"({"workers": [], "has_more": "true"})"}) {
    EXPECT_NE(sign_in(body), "") << body;
  }
}

TEST(SignOfCut, IsFoundBesideValuesOfAnyDepth) {
  constexpr std::size_t kDepth = 3'000'000;
  const std::string deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  for (const char* name : {"later", "total", "next"}) {
    const std::string begin = std::string(R"({"workers": [], ")") + name + "\": " + deep;
    EXPECT_EQ(sign_in(begin + "}"), "") << name;
    EXPECT_EQ(sign_in(begin + R"(, "hasMore": true})"),
              "it may lack workers: hasMore names a next page");
  }
}

TEST(SignOfCut, IsATotalAboveTheLength) {
  EXPECT_EQ(sign_in(R"({"workers": [{"id": "a"}], "totalSize": "120"})"),
            "it may lack workers: totalSize is 120, 1 are listed");
  EXPECT_EQ(sign_in(R"({"workers": [{"id": "a"}], "total": 2})"),
            "it may lack workers: total is 2, 1 are listed");
}

}  // namespace
}  // namespace everai::workers
