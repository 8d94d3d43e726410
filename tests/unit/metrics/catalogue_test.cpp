#include "metrics/catalogue.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace everai::metrics {
namespace {

TEST(Catalogue, FollowsTheNamingRules) {
  std::set<std::string_view> names;
  for (const AppFamily& family : app_families()) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name << " stands twice";
    EXPECT_TRUE(family.name.starts_with("everai_app_") || family.name.starts_with("everai_worker_"))
        << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == Type::kCounter) << family.name;
    EXPECT_FALSE(family.name.ends_with("_count")) << family.name;
    EXPECT_TRUE(family.help.ends_with(".")) << family.name;
    // The base unit stands in the name, before a counter's suffix.
    const std::string unit = family.unit.empty() ? "" : "_" + std::string(family.unit);
    const std::string suffix = family.type == Type::kCounter ? "_total" : "";
    EXPECT_TRUE(family.name.ends_with(unit + suffix)) << family.name;
    EXPECT_FALSE(family.source.empty()) << family.name;
  }
}

}  // namespace
}  // namespace everai::metrics
