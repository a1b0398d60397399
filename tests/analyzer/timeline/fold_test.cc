#include "analyzer/timeline/fold.h"

#include <gtest/gtest.h>

#include <map>
#include <ostream>

#include "analyzer/timeline/timeline_index.h"
#include "tests/analyzer/timeline/pixel_sums.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::analyzer::timeline {
namespace {

std::int64_t inside(const SliceRow& row, std::uint32_t i, std::int64_t from, std::int64_t to) {
  return std::min(row.end_ns(i), to) - std::max(row.start_ns(i), from);
}

bool touches(const SliceRow& row, std::uint32_t i, std::int64_t from, std::int64_t to) {
  const bool begins_inside = row.start_ns(i) >= from && row.start_ns(i) < to;
  return begins_inside || (row.start_ns(i) < from && row.end_ns(i) > from);
}

// The definition, pixel by pixel over all slices.
std::map<std::uint32_t, tests::PixelSums> oracle_pixels(const trace::Trace& trace,
                                                        const SliceRow& row,
                                                        const PixelGrid& grid) {
  std::map<std::uint32_t, tests::PixelSums> pixels;
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    if (!touches(row, i, grid.from_ns(), grid.to_ns())) continue;
    if (row.duration_ns(i) * grid.width_px() >= kRectangleWidthPx * grid.length_ns()) continue;
    for (std::uint32_t pixel = 0; pixel < grid.width_px(); ++pixel) {
      const std::int64_t low = grid.edge_ns(pixel);
      const std::int64_t high = grid.edge_ns(pixel + 1);
      if (low == high || !touches(row, i, low, high)) continue;
      pixels[pixel].add(trace, row.name(i), inside(row, i, low, high));
    }
  }
  return pixels;
}

struct Case {
  std::uint32_t seed;
  tests::RandomTraceShape shape;
  std::uint32_t width_px;
  // More slices in a pixel than fit in one block of sums: the name is then no longer exact.
  bool name_is_exact;
};
void PrintTo(const Case& given, std::ostream* out) {
  *out << given.shape.slices << " slices of up to " << given.shape.longest_ns << " ns, gaps up to "
       << given.shape.longest_gap_ns << " ns, " << given.shape.names << " names, " << given.width_px
       << " px";
}

class FoldProperty : public testing::TestWithParam<Case> {};

void check_window(const TimelineIndex& index, trace::LaneId lane, const PixelGrid& grid,
                  bool name_is_exact) {
  const trace::Trace& trace = index.trace();
  const SliceRow& row = index.lane(lane).row;
  RowTally tally = index.make_tally();
  FoldedRow folded;
  fold_row(row, index.lane(lane).pyramid, grid, tally, folded);

  ASSERT_LE(folded.rectangles.size() + folded.columns.size(), grid.width_px() + 2u);
  std::size_t rectangle = 0;
  std::uint32_t touching = 0;
  std::int64_t covered = 0;
  for (std::uint32_t i = 0; i < row.size(); ++i) {
    if (!touches(row, i, grid.from_ns(), grid.to_ns())) continue;
    ++touching;
    covered += inside(row, i, grid.from_ns(), grid.to_ns());
    if (row.duration_ns(i) * grid.width_px() < kRectangleWidthPx * grid.length_ns()) continue;
    ASSERT_LT(rectangle, folded.rectangles.size());
    EXPECT_EQ(folded.rectangles[rectangle].id, row.id(i));
    EXPECT_EQ(folded.rectangles[rectangle].start_ns, row.start_ns(i));
    EXPECT_EQ(folded.rectangles[rectangle].duration_ns, row.duration_ns(i));
    ++rectangle;
  }
  EXPECT_EQ(rectangle, folded.rectangles.size());
  EXPECT_EQ(folded.slice_count, touching);
  EXPECT_EQ(folded.covered_ns, covered);
  EXPECT_EQ(index.lane(lane).pyramid.covered_ns(row, grid.from_ns(), grid.to_ns()), covered);

  const auto oracle = oracle_pixels(trace, row, grid);
  ASSERT_EQ(oracle.size(), folded.columns.size());
  for (const PixelColumn& column : folded.columns) {
    ASSERT_TRUE(oracle.contains(column.pixel)) << column.pixel;
    const tests::PixelSums& expected = oracle.at(column.pixel);
    EXPECT_EQ(column.count, expected.count) << column.pixel;
    EXPECT_EQ(column.covered_ns, expected.covered_ns) << column.pixel;
    ASSERT_TRUE(expected.by_category.contains(column.category));
    EXPECT_EQ(expected.by_category.at(column.category), tests::greatest(expected.by_category));
    ASSERT_TRUE(expected.by_name.contains(column.name));
    EXPECT_EQ(trace.names()[column.name].category, column.category);
    EXPECT_EQ(trace.slice(column.id).name, column.name);
    if (!name_is_exact) continue;
    std::int64_t most = 0;
    for (const auto& [name, time] : expected.by_name) {
      if (trace.names()[name].category == column.category) most = std::max(most, time);
    }
    EXPECT_EQ(expected.by_name.at(column.name), most) << column.pixel;
  }
}

TEST_P(FoldProperty, AgreesWithTheDefinitionInEveryPixel) {
  const Case& given = GetParam();
  const auto trace = tests::random_trace(given.seed, given.shape);
  const TimelineIndex index(*trace);
  const std::int64_t end = trace->duration_ns();
  std::mt19937 random(given.seed);
  std::uniform_int_distribution<std::int64_t> time(-end / 10, end + end / 10);
  for (trace::LaneId lane = 0; lane < trace->lanes().size(); ++lane) {
    check_window(index, lane, PixelGrid(0, end, given.width_px), given.name_is_exact);
    for (int i = 0; i < 6; ++i) {
      const std::int64_t a = time(random);
      const std::int64_t b = time(random);
      if (a == b) continue;
      check_window(index, lane, PixelGrid(std::min(a, b), std::max(a, b), given.width_px),
                   given.name_is_exact);
      // Down to windows with more pixels than nanoseconds.
      check_window(index, lane, PixelGrid(a, a + 1 + std::abs(b) % 300, given.width_px),
                   given.name_is_exact);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Random, FoldProperty,
    testing::Values(Case{1, {300, 1000, 1000, 12}, 97, true},
                    Case{2, {300, 3, 2, 5}, 97, true},            // crowded
                    Case{3, {200, 1000, 100000, 12}, 128, true},  // sparse
                    Case{4, {100, 0, 40, 3}, 61, true},           // nothing takes any time
                    Case{5, {1, 10, 10, 1}, 10, true}, Case{6, {5000, 40, 20, 3}, 7, true},
                    Case{7, {30000, 40, 20, 4}, 3, true},  // all names fit into a node's sums
                    Case{8, {30000, 40, 20, 200}, 3, false}));

TEST(PixelGridTest, EdgesAndPixelsAreInverse) {
  for (const std::int64_t length : {1l, 7l, 1000l, 1l << 45, (1l << 50) + 7}) {
    const PixelGrid grid(-5, -5 + length, 1000);
    for (std::uint32_t pixel = 0; pixel < 1000; ++pixel) {
      const std::int64_t low = grid.edge_ns(pixel);
      const std::int64_t high = grid.edge_ns(pixel + 1);
      if (low == high) continue;
      EXPECT_EQ(grid.pixel_of(low), pixel);
      EXPECT_EQ(grid.pixel_of(high - 1), pixel);
    }
    EXPECT_EQ(grid.edge_ns(1000), grid.to_ns());
  }
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
