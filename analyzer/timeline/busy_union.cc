#include "analyzer/timeline/busy_union.h"

#include <utility>

namespace tbprof::analyzer::timeline {

namespace {

template <typename Counts>
profile::IntervalSet union_of(const trace::Trace& trace, const trace::Track& track, Counts counts) {
  profile::IntervalUnion all;
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    profile::IntervalSet moments;
    for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
      if (!counts(id)) continue;
      const std::int64_t start_ns = trace.start_column_ns()[id];
      moments.append(start_ns, start_ns + trace.slice_duration_ns(id));
    }
    all.add(std::move(moments));
  }
  return all.take();
}

// Whether each slice of the lane lies inside one of the outermost lane.
bool is_held(const trace::Trace& trace, const trace::Lane& outermost, const trace::Lane& lane) {
  const auto start_ns = trace.start_column_ns();
  const auto end_ns = [&](trace::SliceId id) { return start_ns[id] + trace.slice_duration_ns(id); };
  trace::SliceId holder = outermost.first_slice;
  const trace::SliceId holders_end = holder + outermost.slice_count;
  for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
    while (holder < holders_end && end_ns(holder) < end_ns(id)) ++holder;
    if (holder == holders_end || start_ns[holder] > start_ns[id]) return false;
  }
  return true;
}

}  // namespace

profile::IntervalSet device_work(const trace::Trace& trace, const trace::Track& track) {
  return union_of(trace, track,
                  [&](trace::SliceId id) { return proto::is_device_work(trace.category_of(id)); });
}

std::optional<profile::IntervalSet> overlapping_slices(const trace::Trace& trace,
                                                       const trace::Track& track) {
  const auto lanes = trace.lanes_of(track);
  for (std::size_t inner = 1; inner < lanes.size(); ++inner) {
    if (is_held(trace, lanes.front(), lanes[inner])) continue;
    return union_of(trace, track, [](trace::SliceId) { return true; });
  }
  return std::nullopt;
}

DerivedRow row_of(const profile::IntervalSet& moments) {
  DerivedRow row;
  for (const profile::Interval& interval : moments.intervals()) {
    row.start_ns.push_back(interval.start_ns);
    row.duration_ns.push_back(interval.end_ns - interval.start_ns);
  }
  return row;
}

DerivedRow gaps_of(const profile::IntervalSet& moments, const trace::RecordingWindows& windows) {
  DerivedRow gaps;
  const auto intervals = moments.intervals();
  for (std::size_t i = 1; i < intervals.size(); ++i) {
    const auto before = windows.last_begun_by(intervals[i - 1].start_ns);
    if (windows.last_begun_by(intervals[i].start_ns) != before) continue;
    gaps.start_ns.push_back(intervals[i - 1].end_ns);
    gaps.duration_ns.push_back(intervals[i].start_ns - intervals[i - 1].end_ns);
  }
  return gaps;
}

}  // namespace tbprof::analyzer::timeline
