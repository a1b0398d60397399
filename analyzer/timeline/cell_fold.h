// fold_row() for rows so dense that a pixel is folded from cells of a TimeGrid instead of slices.
//
// Rectangles, the row's slice_count and its covered_ns are those of fold_row(). Columns are of
// pixels whose edges are moved to the nearest edge of a cell, by a quarter of a pixel at most:
// count, category and the share of the pixel (covered_ns is scaled to its width) are exact for
// these. The name is the busiest of those that the cells keep, the id that of a long slice of it.
// Pure functions: any thread, one RowTally each.
#pragma once

#include "analyzer/timeline/fold.h"
#include "analyzer/timeline/time_grid.h"

namespace tbprof::analyzer::timeline {

// Appends to `out` as fold_row() does.
// REQUIRES: `level` is cells.level_for() of the grid's pixels; all are of one row.
void fold_cells(const SliceRow& row, const RowPyramid& pyramid, const TimeGrid& cells,
                const TimeGrid::Level& level, const PixelGrid& grid, RowTally& tally,
                FoldedRow& out);

}  // namespace tbprof::analyzer::timeline
