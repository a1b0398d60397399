// Sums of a row over cells of 2^k nanoseconds, for pixels that cover so many slices that reading
// them would take longer than a picture may: cells are read one after the other instead.
//
// A level exists where its occupied cells hold 24 slices and more on average; the next has cells
// of twice the length. Of a cell covered time, time by category and the number of slices are
// exact; time by name is kept for its two busiest names, one of them of its busiest category.
// Slices of 4 cells and more are not in the sums but listed: they may be rectangles.
// Costs 20 to 25 ns and 3 to 4 bytes a slice. Built once; immutable afterwards: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/timeline/row_pyramid.h"
#include "analyzer/timeline/slice_row.h"
#include "proto/category.h"

namespace tbprof::analyzer::timeline {

class TimeGrid {
 public:
  // A pixel is at least so many cells wide: an edge moves by a quarter of a pixel at most.
  static constexpr std::int64_t kCellsPerPixel = 2;
  // Less than two such pixels, so that what is in the sums is always narrow.
  static constexpr std::int64_t kLongCells = 4;
  static constexpr std::size_t kNamesKept = 2;

  struct NamePart {
    std::uint32_t name = 0;
    std::uint32_t longest = 0;  // index in the row of a slice of that name, long among the cell's
    std::uint32_t covered_ns = 0;
  };
  struct Cell {
    std::uint32_t number = 0;  // begins at Level::base_ns + number * cell_ns
    std::uint32_t covered_ns = 0;
    std::uint32_t starts = 0;  // slices that begin in it
    bool carries_in = false;   // whether one that began before reaches into it
    std::uint8_t name_count = 0;
    std::array<NamePart, kNamesKept> names;  // busiest first
  };
  struct Level {
    std::int64_t cell_ns = 1;
    std::int64_t base_ns = 0;                // a multiple of cell_ns
    std::vector<Cell> cells;                 // occupied ones, by number
    std::vector<std::uint32_t> category_ns;  // cell after cell, one value a used category
    std::vector<std::uint32_t> long_slices;  // indices in the row
  };

  TimeGrid() = default;
  // `tally` as for RowPyramid.
  TimeGrid(const SliceRow& row, RowTally& tally);

  // The coarsest level whose cells fit kCellsPerPixel times into a pixel; nullptr if there is none.
  const Level* level_for(std::int64_t pixel_ns) const;
  // Categories that occur in the row, as in Level::category_ns.
  std::span<const proto::Category> categories() const { return used_; }
  std::size_t memory_bytes() const;

 private:
  std::vector<proto::Category> used_;
  std::vector<Level> levels_;  // by length of their cells
};

}  // namespace tbprof::analyzer::timeline
