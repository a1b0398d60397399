// Turns the rows of one track after the other into the lanes and columns of a trace: orders them by
// time, nests them, cuts what is nested beyond measure. Borrows the columns. One thread at a time.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "analyzer/trace/slice_rows.h"
#include "analyzer/trace/trace.h"
#include "analyzer/trace/trace_builder.h"

namespace tbprof::analyzer::trace {

struct SliceColumns {
  std::vector<std::int64_t>& start_ns;
  std::vector<std::uint32_t>& duration;
  std::vector<NameId>& name;
  std::vector<std::pair<SliceId, std::int64_t>>& long_durations;
  std::vector<Lane>& lanes;
};

class TrackSealer {
 public:
  // Times are stored less `start_ns`. `slice_of_row` is filled where it has room for the row.
  TrackSealer(SliceColumns columns, std::int64_t start_ns, EqualSlices rule,
              std::vector<SliceId>& slice_of_row)
      : columns_(columns), start_ns_(start_ns), rule_(rule), slice_of_row_(slice_of_row) {}

  // Sets first_lane and lane_count of the track and frees the rows.
  void seal(TrackId id, Track& track, SliceRows& rows);

  // Slices that were nested more deeply than lanes go.
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool place_from_front(const SliceRows& rows);
  bool place_from_back(const SliceRows& rows);
  void place_sorted();
  std::vector<SliceId> open_lanes(TrackId id, Track& track);
  void store(const SliceRow& row, SliceId slice);

  SliceColumns columns_;
  std::int64_t start_ns_;
  EqualSlices rule_;
  std::vector<SliceId>& slice_of_row_;
  std::vector<std::uint16_t> lane_of_;  // by position in the order of storing
  std::size_t lane_count_ = 0;
  std::vector<SliceRow> sorted_;
  std::uint64_t dropped_ = 0;
};

}  // namespace tbprof::analyzer::trace
