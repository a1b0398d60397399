#include "analyzer/trace/track_sealer.h"

#include <algorithm>

#include "analyzer/trace/lane_stack.h"

namespace tbprof::analyzer::trace {

void TrackSealer::seal(TrackId id, Track& track, SliceRows& rows) {
  sorted_.clear();
  lane_of_.resize(rows.size());
  const bool placed = rule_ == EqualSlices::first_is_outer
                          ? place_from_front(rows) || place_from_back(rows)
                          : place_from_back(rows) || place_from_front(rows);
  if (!placed) {
    sorted_.reserve(rows.size());
    rows.each([&](const SliceRow& row) { sorted_.push_back(row); });
    rows.clear();
    place_sorted();
  }
  std::vector<SliceId> next = open_lanes(id, track);
  std::size_t position = 0;
  const auto visit = [&](const SliceRow& row) {
    const std::uint16_t lane = lane_of_[position++];
    if (lane == LaneStack::kNoLane) {
      ++dropped_;
    } else {
      store(row, next[lane]++);
    }
  };
  if (placed) {
    rows.each(visit);
    rows.clear();
  } else {
    for (const SliceRow& row : sorted_) visit(row);
    sorted_ = {};
  }
}

bool TrackSealer::place_from_front(const SliceRows& rows) {
  if (!rows.in_start_order()) return false;
  LaneStack stack;
  std::size_t position = 0;
  rows.each(
      [&](const SliceRow& row) { lane_of_[position++] = stack.place(row.start_ns, row.end_ns()); });
  lane_count_ = stack.lane_count();
  return true;
}

// What ended in order and nests cleanly gets the same lanes from back to front, without sorting.
// Overlaps would come out otherwise than from the front, so they are left to the sorted way.
bool TrackSealer::place_from_back(const SliceRows& rows) {
  if (!rows.in_end_order()) return false;
  LaneStack stack;
  std::size_t position = rows.size();
  rows.each_reversed([&](const SliceRow& row) {
    lane_of_[--position] = stack.place(-row.end_ns(), -row.start_ns);
  });
  lane_count_ = stack.lane_count();
  return !stack.overlapped();
}

void TrackSealer::place_sorted() {
  const bool first_is_outer = rule_ == EqualSlices::first_is_outer;
  std::sort(sorted_.begin(), sorted_.end(),
            [first_is_outer](const SliceRow& left, const SliceRow& right) {
              if (left.start_ns != right.start_ns) return left.start_ns < right.start_ns;
              if (left.duration_ns != right.duration_ns) {
                return left.duration_ns > right.duration_ns;
              }
              return first_is_outer ? left.row < right.row : left.row > right.row;
            });
  LaneStack stack;
  std::size_t position = 0;
  for (const SliceRow& row : sorted_) {
    lane_of_[position++] = stack.place(row.start_ns, row.end_ns());
  }
  lane_count_ = stack.lane_count();
}

// The lanes of the track follow those of the track before; gives each lane's first slice.
std::vector<SliceId> TrackSealer::open_lanes(TrackId id, Track& track) {
  std::vector<std::uint32_t> count(lane_count_);
  for (const std::uint16_t lane : lane_of_) {
    if (lane != LaneStack::kNoLane) ++count[lane];
  }
  track.first_lane = static_cast<LaneId>(columns_.lanes.size());
  track.lane_count = static_cast<std::uint32_t>(lane_count_);
  std::vector<SliceId> first(lane_count_);
  auto next = static_cast<SliceId>(columns_.start_ns.size());
  for (std::uint32_t depth = 0; depth < lane_count_; ++depth) {
    first[depth] = next;
    columns_.lanes.push_back({id, depth, next, count[depth]});
    next += count[depth];
  }
  columns_.start_ns.resize(next);
  columns_.duration.resize(next);
  columns_.name.resize(next);
  return first;
}

void TrackSealer::store(const SliceRow& row, SliceId slice) {
  columns_.start_ns[slice] = row.start_ns - start_ns_;
  columns_.name[slice] = row.name;
  if (row.duration_ns >= kLongDuration) {
    columns_.duration[slice] = kLongDuration;
    columns_.long_durations.emplace_back(slice, row.duration_ns);
  } else {
    columns_.duration[slice] = static_cast<std::uint32_t>(row.duration_ns);
  }
  if (row.row < slice_of_row_.size()) slice_of_row_[row.row] = slice;
}

}  // namespace tbprof::analyzer::trace
