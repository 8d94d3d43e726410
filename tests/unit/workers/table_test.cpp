#include "workers/table.hpp"

#include <gtest/gtest.h>

namespace everai::workers {
namespace {

TEST(RenderTable, MakesColumnsAsWideAsTheirWidestCell) {
  EXPECT_EQ(render_table({{"ID", "AGE", "GPU"}, {"a", "12d4h", "-"}, {"long", "1s", "2x L4"}}),
            "ID    AGE    GPU\n"
            "a     12d4h  -\n"
            "long  1s     2x L4\n");
}

TEST(RenderTable, CountsCharactersAndNotBytes) {
  EXPECT_EQ(render_table({{"\xC3\xBC\xC3\xBC", "x"}, {"ab", "y"}}), "\xC3\xBC\xC3\xBC  x\nab  y\n");
}

TEST(RenderTable, OfNothingIsNothing) {
  EXPECT_EQ(render_table({}), "");
}

}  // namespace
}  // namespace everai::workers
