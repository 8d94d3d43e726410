#include "api/html_page.hpp"

#include <gtest/gtest.h>

#include <string>

namespace everai::api {
namespace {

TEST(DescribeHtmlPage, NamesThePageByItsTitle) {
  EXPECT_EQ(describe_html_page("<!DOCTYPE html><html><head><title>Sign in</title></head>"),
            "an HTML page (\"Sign in\")");
  EXPECT_EQ(
      describe_html_page("\xEF\xBB\xBF \r\n<HTML><TITLE lang=en>\n  Access\n\t denied </TITLE>"),
      "an HTML page (\"Access denied\")");
  EXPECT_EQ(describe_html_page("<!-- padding --><html><body>no title</body>"), "an HTML page");
  EXPECT_EQ(describe_html_page("<?xml version=\"1.0\"?><html><title/></html>"), "an HTML page");
}

TEST(DescribeHtmlPage, TakesNothingElseForAPage) {
  for (const char* body :
       {"", " ", "<", "{}", R"({"message":"<html>"})", "RBAC: access denied", "html",
        "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "[\"<html>\"]"}) {
    EXPECT_EQ(describe_html_page(body), std::nullopt) << body;
  }
}

TEST(DescribeHtmlPage, KeepsAForeignTitleShortAndPrintable) {
  EXPECT_EQ(describe_html_page("<html><title>a\x1b[31mb</title>"),
            "an HTML page (\"a\\x1b[31mb\")");
  EXPECT_EQ(describe_html_page("<title></title>"), "an HTML page");
  EXPECT_EQ(describe_html_page("<title>cut off"), "an HTML page");
  EXPECT_EQ(describe_html_page("<html><title"), "an HTML page");
  EXPECT_EQ(describe_html_page("<html></title><title>"), "an HTML page");
  EXPECT_LT(describe_html_page("<title>" + std::string(3000, 'x') + "</title>").value().size(),
            110U);
  EXPECT_EQ(describe_html_page("<html>" + std::string(5000, ' ') + "<title>far</title>"),
            "an HTML page");
}

}  // namespace
}  // namespace everai::api
