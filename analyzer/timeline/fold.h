// Turns one row and a window into what a picture of width_px pixels can show: a rectangle for
// every slice of at least 2 px, one column for every pixel that narrower slices touch.
//
// Pixel i covers [from + i * length / width, from + (i + 1) * length / width), rounded down to
// whole nanoseconds. A column's covered time is exact, its count is the number of narrow slices
// that touch the pixel, so a slice across two pixels is counted in both. At most width_px + 2
// rectangles and columns come of a row.
// Pure functions: any thread, one RowTally each.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/timeline/row_pyramid.h"
#include "analyzer/timeline/slice_row.h"

namespace tbprof::analyzer::timeline {

inline constexpr std::int64_t kRectangleWidthPx = 2;

// REQUIRES: from_ns < to_ns, 0 < width_px <= 65535.
class PixelGrid {
 public:
  PixelGrid(std::int64_t from_ns, std::int64_t to_ns, std::uint32_t width_px);

  std::int64_t from_ns() const { return from_ns_; }
  std::int64_t to_ns() const { return to_ns_; }
  std::uint32_t width_px() const { return width_px_; }
  std::int64_t length_ns() const { return to_ns_ - from_ns_; }
  // Where pixel i begins; i may be width_px.
  std::int64_t edge_ns(std::uint32_t pixel) const { return edge_ns_[pixel]; }
  // REQUIRES: from_ns <= time < to_ns
  std::uint32_t pixel_of(std::int64_t time_ns) const;
  bool is_narrow(std::int64_t duration_ns) const { return duration_ns < rectangle_ns_; }

 private:
  std::int64_t from_ns_;
  std::int64_t to_ns_;
  std::uint32_t width_px_;
  std::int64_t rectangle_ns_;  // the shortest that is still a rectangle
  double pixels_per_ns_;
  std::vector<std::int64_t> edge_ns_;  // computed once, as every row asks for most of them
};

struct Rectangle {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint32_t name = 0;
  std::uint32_t id = 0;
};

struct PixelColumn {
  std::uint32_t pixel = 0;
  std::uint32_t count = 0;
  std::int64_t covered_ns = 0;
  proto::Category category = proto::Category::other;  // the busiest
  std::uint32_t name = 0;                             // the busiest of that category
  std::uint32_t id = 0;                               // the longest slice of that name
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
