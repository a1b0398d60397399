// Turns one row and a window into what a picture of width_px pixels can show: a rectangle for
// every slice of at least 2 px, one column for every pixel that narrower slices touch.
//
// A column's covered time and category are exact; its count is the number of narrow slices that
// touch the pixel, so a slice across two pixels is counted in both. Its name and id are exact but
// where two whole blocks of a row's sums lie in the pixel: then these alone tell them, as far as
// row_pyramid.h says. At most width_px + 2 rectangles and columns come of a row.
// Pure functions: any thread, one RowTally each.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/timeline/pixel_grid.h"
#include "analyzer/timeline/row_pyramid.h"
#include "analyzer/timeline/slice_row.h"

namespace tbprof::analyzer::timeline {

struct Rectangle {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t name = 0;
  std::uint32_t id = 0;
  bool operator==(const Rectangle&) const = default;
};

struct PixelColumn {
  std::uint32_t pixel = 0;
  std::uint32_t count = 0;
  std::int64_t covered_ns = 0;
  proto::Category category = proto::Category::other;  // the busiest
  std::uint32_t name = 0;                             // the busiest of that category
  std::uint32_t id = 0;                               // the longest slice of that name
  bool operator==(const PixelColumn&) const = default;
};

struct FoldedRow {
  std::vector<Rectangle> rectangles;
  std::vector<PixelColumn> columns;
  std::int64_t covered_ns = 0;    // of the window, by all slices
  std::uint32_t slice_count = 0;  // that touch the window
};

// Appends to `out`, so that several rows can share its vectors.
void fold_row(const SliceRow& row, const RowPyramid& pyramid, const PixelGrid& grid,
              RowTally& tally, FoldedRow& out);

}  // namespace tbprof::analyzer::timeline
