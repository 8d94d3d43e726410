#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "api/listing.hpp"
#include "oracle/listing_oracle.hpp"

/// libFuzzer's entry: the parser and its oracle have to agree on every body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  auto parsed = everai::api::parse_listing(everai::api::PaddedText(body));
  std::optional<everai::api::Listing> listing;
  if (parsed) {
    listing = std::move(*parsed);
  }
  const std::string got = everai::oracle::describe(listing);
  const std::string want = everai::oracle::describe(everai::oracle::parse_listing(body));
  if (got != want) {
    std::fprintf(stderr, "the parser makes\n%s\nand the oracle\n%s\n", got.c_str(), want.c_str());
    std::abort();
  }
  return 0;
}
