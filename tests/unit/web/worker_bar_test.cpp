#include "web/worker_bar.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace everai::web {
namespace {

using Segments = std::array<std::uint64_t, state::kWorkerStateCount>;

WorkersStatus fleet(Segments by_state, std::optional<std::uint64_t> max) {
  return {.by_state = by_state,
          .total = std::accumulate(by_state.begin(), by_state.end(), std::uint64_t{0}),
          .max = max};
}

TEST(BarSegments, AreSharesOfTheMostWorkers) {
  EXPECT_EQ(bar_segments(fleet({0, 0, 0, 0, 0, 5, 2, 0}, 10)),
            (Segments{0, 0, 0, 0, 0, 500, 200, 0}));
}

TEST(BarSegments, FillTheBarWhereTheMostIsUnknownOrExceeded) {
  EXPECT_EQ(bar_segments(fleet({0, 0, 0, 0, 0, 3, 1, 0}, std::nullopt)),
            (Segments{0, 0, 0, 0, 0, 750, 250, 0}));
  EXPECT_EQ(bar_segments(fleet({0, 0, 0, 0, 0, 3, 1, 0}, 2)),
            (Segments{0, 0, 0, 0, 0, 750, 250, 0}));
}

TEST(BarSegments, ShowASingleWorkerOfManyAtTheCostOfTheLongest) {
  EXPECT_EQ(bar_segments(fleet({1, 0, 0, 0, 0, 9999, 0, 0}, 10000)),
            (Segments{30, 0, 0, 0, 0, 970, 0, 0}));
}

TEST(BarSegments, AreNoneWithoutWorkers) {
  EXPECT_EQ(bar_segments(fleet({}, 0)), Segments{});
}

TEST(BarSegments, StayWithinTheBarWhateverTheNumbers) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 53U;
  const Segments segments = bar_segments(fleet({1, kHuge, 1, 1, kHuge, 1, 1, 1}, 3));
  EXPECT_LE(std::accumulate(segments.begin(), segments.end(), std::uint64_t{0}), kBarLength);
}

TEST(RenderWorkers, TellsTheNumbersInWordsToo) {
  const std::string html = render_workers(fleet({1, 0, 0, 2, 0, 0, 0, 0}, 8));
  EXPECT_NE(html.find("<span>3<small> / 8</small></span>"), std::string::npos) << html;
  EXPECT_NE(html.find("<title>1 error, 2 rolling in</title>"), std::string::npos) << html;
  EXPECT_NE(html.find(R"(<span><i class="s3"></i>2 rolling in</span>)"), std::string::npos) << html;
}

TEST(RenderWorkers, SaysThatThereAreNone) {
  EXPECT_NE(render_workers(fleet({}, 8)).find("none: scaled to zero or paused"), std::string::npos);
}

}  // namespace
}  // namespace everai::web
