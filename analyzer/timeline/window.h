// What a picture of some tracks shows between two times at a width in pixels. The size of the
// answer is bounded by the number of rows times the width, never by the trace.
// Pure functions of a trace's index: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/timeline/fold.h"
#include "analyzer/timeline/timeline_index.h"
#include "proto/result.h"

namespace tbprof::analyzer::timeline {

struct WindowQuestion {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::uint32_t width_px = 0;
  std::vector<const PictureTrack*> tracks;
};

// One row of the answer; its rectangles and columns end at these indices and begin where those
// of the row before end.
struct WindowRow {
  std::uint32_t track = 0;  // index into WindowQuestion::tracks
  std::uint32_t depth = 0;
  std::uint32_t rectangle_end = 0;
  std::uint32_t column_end = 0;
  std::uint32_t slice_count = 0;
  std::int64_t covered_ns = 0;
};

// The values that a counter takes within one pixel, with the one that it brings along. `low` and
// `high` are of the finite ones, NaN if there are none. A pixel that changes nothing has no column.
struct CounterColumn {
  std::uint32_t track = 0;
  std::uint32_t pixel = 0;
  double low = 0;
  double high = 0;
  double last = 0;
};

// A pixel in which a counter takes values that are NaN or infinite.
struct OddColumn {
  std::uint32_t track = 0;
  std::uint32_t pixel = 0;
  std::uint32_t count = 0;
  double value = 0;  // the first
  std::int64_t time_ns = 0;
};

struct InstantColumn {
  std::uint32_t track = 0;
  std::uint32_t pixel = 0;
  std::uint32_t count = 0;
  std::uint32_t first = 0;  // of the trace's instants; what follows is of it
  trace::NameId name = 0;
  std::int64_t time_ns = 0;
};

struct WindowAnswer {
  std::vector<WindowRow> rows;
  FoldedRow folded;                   // of all rows, one after the other
  std::vector<std::int64_t> busy_ns;  // by track, in the window
  std::vector<CounterColumn> counters;
  std::vector<OddColumn> odd_values;
  std::vector<InstantColumn> instants;
};

// Rows times pixels of one question, so that no question can exhaust the memory.
inline constexpr std::uint64_t kMostCells = 4'000'000;

// invalid_argument if the question is too large or its times make no window.
proto::Result<WindowAnswer> answer_window(const TimelineIndex& index,
                                          const WindowQuestion& question);

}  // namespace tbprof::analyzer::timeline
