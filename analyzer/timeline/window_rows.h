// Folds the rows of a window, one after the other or, where that takes long, on some threads at
// once. The answer is the same. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/timeline/fold.h"
#include "analyzer/timeline/timeline_index.h"

namespace tbprof::analyzer::timeline {

// One row of the answer; its rectangles and columns end at these indices and begin where those
// of the row before end.
struct WindowRow {
  std::uint32_t track = 0;  // index into WindowQuestion::tracks
  std::uint32_t depth = 0;
  std::uint32_t rectangle_end = 0;
  std::uint32_t column_end = 0;
  std::uint32_t slice_count = 0;
  std::int64_t covered_ns = 0;
  bool operator==(const WindowRow&) const = default;
};

struct FoldedRows {
  std::vector<WindowRow> rows;
  FoldedRow folded;  // of all rows, one after the other
};

struct RowToFold {
  const IndexedRow* row = nullptr;
  std::uint32_t track = 0;
  std::uint32_t depth = 0;
  bool is_named = false;  // whether its names are those of the trace
};

// On at most `most_threads` threads, that of the caller included.
FoldedRows fold_rows(const TimelineIndex& index, std::span<const RowToFold> rows,
                     const PixelGrid& grid, std::uint32_t most_threads);

}  // namespace tbprof::analyzer::timeline
