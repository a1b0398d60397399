// Folding from cells, against the definition over all slices for pixels whose edges are moved to
// the nearest edge of a cell.
#include "analyzer/timeline/cell_fold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <ostream>

#include "analyzer/timeline/timeline_index.h"
#include "analyzer/timeline/window.h"
#include "tests/analyzer/timeline/pixel_sums.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::analyzer::timeline {
namespace {

struct Case {
  std::uint32_t seed;
  tests::RandomTraceShape shape;
  // The name that is said to be a pixel's busiest has at least so much of what the busiest has.
  double name_share;
};
void PrintTo(const Case& given, std::ostream* out) {
  *out << given.shape.slices << " slices of up to " << given.shape.longest_ns << " ns, gaps up to "
       << given.shape.longest_gap_ns << " ns, " << given.shape.names << " names";
}

std::int64_t nearest_ns(std::int64_t time_ns, std::int64_t cell_ns) {
  return static_cast<std::int64_t>(
             std::floor((static_cast<double>(time_ns) / static_cast<double>(cell_ns)) + 0.5)) *
         cell_ns;
}

std::map<std::uint32_t, tests::PixelSums> expected_pixels(const trace::Trace& trace,
                                                          const SliceRow& row,
                                                          const PixelGrid& grid,
                                                          std::int64_t cell_ns) {
  std::map<std::uint32_t, tests::PixelSums> pixels;
  std::uint32_t first = 0;
  for (std::uint32_t pixel = 0; pixel < grid.width_px(); ++pixel) {
    const std::int64_t low = nearest_ns(grid.edge_ns(pixel), cell_ns);
    const std::int64_t high = nearest_ns(grid.edge_ns(pixel + 1), cell_ns);
    // At most a quarter of a pixel from where it is.
    EXPECT_LE(4 * std::abs(low - grid.edge_ns(pixel)), grid.length_ns() / grid.width_px() + 4);
    while (first < row.size() && row.end_ns(first) < low) ++first;
    for (std::uint32_t i = first; i < row.size() && row.start_ns(i) < high; ++i) {
      if (!grid.is_narrow(row.duration_ns(i))) continue;
      const std::int64_t covered = std::min(row.end_ns(i), high) - std::max(row.start_ns(i), low);
      if (covered < 0 || (covered == 0 && row.start_ns(i) < low)) continue;
      pixels[pixel].add(trace, row.name(i), covered);
    }
  }
  return pixels;
}

void check_column(const trace::Trace& trace, const SliceRow& row, const PixelGrid& grid,
                  std::int64_t cell_ns, const PixelColumn& column, const tests::PixelSums& expected,
                  double name_share) {
  const std::int64_t low = nearest_ns(grid.edge_ns(column.pixel), cell_ns);
  const std::int64_t high = nearest_ns(grid.edge_ns(column.pixel + 1), cell_ns);
  EXPECT_EQ(column.count, expected.count);
  const double width = static_cast<double>(grid.edge_ns(column.pixel + 1)) -
                       static_cast<double>(grid.edge_ns(column.pixel));
  EXPECT_NEAR(static_cast<double>(column.covered_ns) / width,
              static_cast<double>(expected.covered_ns) / static_cast<double>(high - low),
              1 / width);
  ASSERT_TRUE(expected.by_category.contains(column.category));
  EXPECT_EQ(expected.by_category.at(column.category), tests::greatest(expected.by_category));
  ASSERT_TRUE(expected.by_name.contains(column.name));
  EXPECT_EQ(trace.names()[column.name].category, column.category);
  // The slice that a click selects lies there and is called so.
  const trace::Slice slice = trace.slice(column.id);
  EXPECT_EQ(slice.name, column.name);
  EXPECT_LT(slice.start_ns, high);
  EXPECT_GE(slice.end_ns(), low);
  EXPECT_TRUE(grid.is_narrow(slice.duration_ns));
  EXPECT_EQ(row.id(0) <= column.id && column.id < row.id(0) + row.size(), true);
  std::int64_t most = 0;
  for (const auto& [name, time] : expected.by_name) {
    if (trace.names()[name].category == column.category) most = std::max(most, time);
  }
  EXPECT_GE(static_cast<double>(expected.by_name.at(column.name)),
            name_share * static_cast<double>(most));
}

// Returns whether the row was dense enough at this width.
bool check_window(const TimelineIndex& index, trace::LaneId lane, const PixelGrid& grid,
                  double name_share) {
  const IndexedRow& indexed = index.lane(lane);
  const auto* level = indexed.cells.level_for(grid.length_ns() / grid.width_px());
  if (level == nullptr) return false;
  RowTally tally = index.make_tally();
  FoldedRow folded;
  fold_cells(indexed.row, indexed.pyramid, indexed.cells, *level, grid, tally, folded);
  FoldedRow exact;
  fold_row(indexed.row, indexed.pyramid, grid, tally, exact);

  EXPECT_EQ(folded.covered_ns, exact.covered_ns);
  EXPECT_EQ(folded.slice_count, exact.slice_count);
  EXPECT_LE(folded.rectangles.size() + folded.columns.size(), grid.width_px() + 2u);
  EXPECT_EQ(folded.rectangles.size(), exact.rectangles.size());
  for (std::size_t i = 0; i < std::min(folded.rectangles.size(), exact.rectangles.size()); ++i) {
    EXPECT_EQ(folded.rectangles[i].id, exact.rectangles[i].id);
    EXPECT_EQ(folded.rectangles[i].start_ns, exact.rectangles[i].start_ns);
    EXPECT_EQ(folded.rectangles[i].duration_ns, exact.rectangles[i].duration_ns);
  }

  const auto expected = expected_pixels(index.trace(), indexed.row, grid, level->cell_ns);
  EXPECT_EQ(folded.columns.size(), expected.size());
  for (const PixelColumn& column : folded.columns) {
    SCOPED_TRACE("pixel " + std::to_string(column.pixel));
    const auto found = expected.find(column.pixel);
    if (found == expected.end()) {
      ADD_FAILURE() << "nothing is there";
      continue;
    }
    check_column(index.trace(), indexed.row, grid, level->cell_ns, column, found->second,
                 name_share);
  }
  return true;
}

class CellFoldProperty : public testing::TestWithParam<Case> {};

TEST_P(CellFoldProperty, AgreesWithTheDefinitionForPixelsMovedToCells) {
  const Case& given = GetParam();
  const auto trace = tests::random_trace(given.seed, given.shape);
  const TimelineIndex index(*trace);
  const std::int64_t end = trace->duration_ns();
  std::mt19937 random(given.seed);
  int dense = 0;
  for (trace::LaneId lane = 0; lane < trace->lanes().size(); ++lane) {
    for (const std::uint32_t width_px : {7u, 40u, 160u}) {
      dense += check_window(index, lane, PixelGrid(0, end, width_px), given.name_share);
      dense += check_window(index, lane, PixelGrid(-end / 2, 2 * end, width_px), given.name_share);
      for (int i = 0; i < 4; ++i) {
        const std::int64_t from = std::uniform_int_distribution<std::int64_t>(0, end / 2)(random);
        const PixelGrid grid(from, from + end / 3 + i, width_px);
        dense += check_window(index, lane, grid, given.name_share);
      }
    }
  }
  EXPECT_GE(dense, 20) << "too few windows were folded from cells";
}

INSTANTIATE_TEST_SUITE_P(Random, CellFoldProperty,
                         testing::Values(Case{1, {20000, 1000, 1000, 3}, 0.9},
                                         Case{2, {20000, 3, 2, 5}, 0.6},           // crowded
                                         Case{3, {20000, 1000, 200000, 6}, 0.5},   // sparse
                                         Case{4, {20000, 0, 40, 3}, 1},            // no time
                                         Case{5, {20000, 100000, 10, 12}, 0.4},    // long ones
                                         Case{6, {40000, 1000, 100, 300}, 0.2}));  // many names

// All of the slices in two bursts, far apart: cells between them must cost nothing.
TEST(CellFold, OfBurstsKeepsCellsOnlyWhereSlicesAre) {
  trace::TraceBuilder builder;
  builder.set_start_ns(0);
  trace::Track track;
  track.kind = proto::TrackKind::thread;
  const auto id = builder.add_track(track);
  const auto name = builder.intern_name("burst", proto::Category::other);
  for (const std::int64_t start_ns : {std::int64_t{0}, std::int64_t{3'000'000'000'000}}) {
    for (int i = 0; i < 10000; ++i) builder.add_slice(id, start_ns + i * 100, 60, name);
  }
  const auto trace = builder.seal();
  const TimelineIndex index(*trace);
  EXPECT_LT(index.lane(0).cells.memory_bytes(), 20000u * 8);
  EXPECT_TRUE(check_window(index, 0, PixelGrid(0, 1'000'000, 100), 1));
  EXPECT_TRUE(check_window(index, 0, PixelGrid(0, trace->duration_ns(), 100), 1));
}

// A window asks for cells by itself where a pixel covers many slices, and not where it does not.
TEST(CellFold, IsWhatAWindowOfADenseRowIsMadeOf) {
  const auto trace = tests::random_trace(7, {20000, 1000, 100, 5});
  const TimelineIndex index(*trace);
  WindowQuestion question;
  question.tracks = {index.find_track("t0")};
  question.width_px = 50;
  for (const std::int64_t parts : {1, 400}) {
    question.to_ns = trace->duration_ns() / parts;
    const PixelGrid grid(0, question.to_ns, question.width_px);
    const IndexedRow& row = index.lane(0);
    const auto* level = row.cells.level_for(grid.length_ns() / grid.width_px());
    EXPECT_EQ(level != nullptr, parts == 1);
    RowTally tally = index.make_tally();
    FoldedRow expected;
    if (level != nullptr) {
      fold_cells(row.row, row.pyramid, row.cells, *level, grid, tally, expected);
    } else {
      fold_row(row.row, row.pyramid, grid, tally, expected);
    }
    const auto answer = answer_window(index, question);
    ASSERT_TRUE(answer.ok());
    const FoldedRow& folded = answer.value().folded;
    ASSERT_EQ(folded.columns.size(), expected.columns.size());
    for (std::size_t i = 0; i < folded.columns.size(); ++i) {
      EXPECT_EQ(folded.columns[i].count, expected.columns[i].count);
      EXPECT_EQ(folded.columns[i].covered_ns, expected.columns[i].covered_ns);
    }
  }
}

}  // namespace
}  // namespace tbprof::analyzer::timeline
