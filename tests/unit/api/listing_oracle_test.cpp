#include "oracle/listing_oracle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "api/listing.hpp"
#include "support/files.hpp"

namespace everai::api {
namespace {

std::string describe_parsed(const std::string& body) {
  auto parsed = parse_listing(PaddedText(body));
  if (parsed) {
    return oracle::describe(std::move(*parsed));
  }
  // A message goes into one log line, whatever the body was.
  EXPECT_LT(parsed.error().message.size(), 300U);
  EXPECT_EQ(parsed.error().message.find('\n'), std::string::npos);
  return oracle::describe(std::nullopt);
}

::testing::AssertionResult agree(const std::string& body) {
  const std::string got = describe_parsed(body);
  const std::string want = oracle::describe(oracle::parse_listing(body));
  if (got == want) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure()
         << "of the body " << ::testing::PrintToString(body) << "\nthe parser makes\n"
         << got << "and the oracle\n"
         << want;
}

std::vector<std::filesystem::path> corpus_paths() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(EVERAI_TESTDATA "/listings")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> load_corpus() {
  std::vector<std::string> bodies;
  for (const auto& path : corpus_paths()) {
    bodies.push_back(test::read_file(path));
  }
  return bodies;
}

/// Changes bodies at random, the same way in each run.
class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string next() {
    std::string body = pick(corpus_);
    const std::size_t changes = 1 + below(4);
    for (std::size_t i = 0; i < changes; ++i) {
      change(body);
    }
    return body;
  }

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  const std::string& pick(const std::vector<std::string>& from) { return from[below(from.size())]; }

  void change(std::string& body) {
    static const std::vector<std::string> kPieces{"{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  ",",
                                                  ":",
                                                  "\"",
                                                  "\\",
                                                  " ",
                                                  "0",
                                                  "-",
                                                  ".",
                                                  "e",
                                                  "null",
                                                  "true",
                                                  "1e400",
                                                  "-1e999",
                                                  "{}",
                                                  "[]",
                                                  "\"id\"",
                                                  "\"id\":",
                                                  "\\u",
                                                  "\\ud800",
                                                  "\\udc00",
                                                  "\"code\":",
                                                  "\"error\":{",
                                                  "\"message\":\"\",",
                                                  "\"memory\":",
                                                  "\xff",
                                                  "\xC3",
                                                  "\xEF\xBB\xBF",
                                                  "9223372036854775808",
                                                  "\"status\":7,",
                                                  "\"a\"",
                                                  "\"successCount\":\"1\",",
                                                  std::string(1, '\0'),
                                                  "\n",
                                                  "\x0c",
                                                  "\x1a"};
    const std::size_t at = below(body.size() + 1);
    switch (below(6)) {
      case 0:
        if (at < body.size()) {
          body[at] = static_cast<char>(static_cast<unsigned char>(body[at]) ^ (1U << below(8)));
        }
        break;
      case 1:
        body.erase(at, 1 + below(8));
        break;
      case 2:
        body.insert(at, pick(kPieces));
        break;
      case 3: {
        const std::string& other = pick(corpus_);
        body.replace(at, below(body.size() - at + 1), other.substr(below(other.size() + 1)));
        break;
      }
      case 4:
        body.insert(at, body.substr(below(body.size() + 1), below(64)));
        break;
      default:
        if (at < body.size()) {
          body.replace(at, 1, pick(kPieces));
        }
        break;
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{20240929};
};

TEST(ParseListingOracle, AgreesOnTheCorpus) {
  const auto paths = corpus_paths();
  ASSERT_GE(paths.size(), 60U);
  for (const auto& path : paths) {
    EXPECT_TRUE(agree(test::read_file(path))) << path;
  }
}

TEST(ParseListingOracle, AgreesOnEveryTruncationOfTheReferencePayloads) {
  for (const char* name : {"/listings/reference_en.json", "/listings/reference_zh.json"}) {
    const std::string body = test::read_file(std::string(EVERAI_TESTDATA) + name);
    for (std::size_t length = 0; length < body.size(); ++length) {
      ASSERT_TRUE(agree(body.substr(0, length)));
    }
  }
}

TEST(ParseListingOracle, AgreesOnMutants) {
  const auto corpus = load_corpus();
  Mutator mutator(corpus);
  for (int i = 0; i < 200'000; ++i) {
    ASSERT_TRUE(agree(mutator.next())) << "mutant " << i;
  }
}

TEST(ParseListingOracle, AgreesOnDeepNesting) {
  for (const std::size_t depth : {63U, 64U, 65U, 128U, 129U, 900U, 5000U, 1'000'000U}) {
    std::string objects;
    for (std::size_t i = 0; i < depth; ++i) {
      objects += R"({"x":)";
    }
    const std::string arrays = R"({"workers":)" + std::string(depth, '[');
    const std::string inner = objects + "1" + std::string(depth, '}');
    EXPECT_TRUE(agree(arrays)) << depth;
    EXPECT_TRUE(agree(arrays + std::string(depth, ']') + "}")) << depth;
    EXPECT_TRUE(agree(R"({"workers":[{"id":"a","x":)" + inner + "}]}")) << depth;
    EXPECT_TRUE(agree(R"({"workers":[{"id":"a","x":)" + inner + "}}]}")) << depth;
    EXPECT_TRUE(agree(R"({"workers":[],"x":)" + inner + "}")) << depth;
    EXPECT_TRUE(agree(objects)) << depth;
    EXPECT_TRUE(agree(objects + "1" + std::string(depth, '}'))) << depth;
  }
}

}  // namespace
}  // namespace everai::api
