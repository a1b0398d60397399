#include "analyzer/profile/ranges.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "analyzer/profile/distribution.h"
#include "analyzer/profile/interval_set.h"
#include "analyzer/profile/nesting_walk.h"
#include "analyzer/profile/range_names.h"
#include "analyzer/profile/recorded_time.h"
#include "analyzer/profile/step_extent.h"

namespace tbprof::analyzer::profile {

namespace {

struct Sums {
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  std::int64_t self_ns = 0;
  std::int64_t min_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ns = 0;
  trace::SliceId longest = trace::kNone;
  std::int64_t in_steps_ns = 0;
  std::uint64_t in_steps_count = 0;
};

// Moves forward through sorted intervals; asked for times of rising order.
class StepCursor {
 public:
  explicit StepCursor(const IntervalSet& steps) : intervals_(steps.intervals()) {}
  bool inside(std::int64_t time_ns) {
    while (next_ < intervals_.size() && intervals_[next_].end_ns <= time_ns) ++next_;
    return next_ < intervals_.size() && intervals_[next_].start_ns <= time_ns;
  }

 private:
  std::span<const Interval> intervals_;
  std::size_t next_ = 0;
};

template <typename Visit>
void for_each_track(const trace::Trace& trace, const RangeFilter& filter, Visit visit) {
  for (trace::TrackId id = 0; id < trace.tracks().size(); ++id) {
    if (filter.holds(trace.tracks()[id], id)) visit(trace.tracks()[id]);
  }
}

std::vector<Sums> sum_up(const trace::Trace& trace, const RangeFilter& filter,
                         const RangeNames& names, const IntervalSet& steps) {
  std::vector<Sums> sums(names.size());
  const auto name_of = trace.name_column();
  for_each_track(trace, filter, [&](const trace::Track& track) {
    StepCursor cursor(steps);
    NestingWalk walk(trace, track);
    while (walk.next()) {
      const trace::Slice& slice = walk.slice();
      Sums& sum = sums[names.of(slice.name)];
      ++sum.count;
      sum.total_ns += slice.duration_ns;
      sum.self_ns += slice.duration_ns;
      sum.min_ns = std::min(sum.min_ns, slice.duration_ns);
      if (sum.longest == trace::kNone || slice.duration_ns > sum.max_ns) {
        sum.max_ns = slice.duration_ns;
        sum.longest = slice.id;
      }
      if (walk.parent() != trace::kNone) {
        sums[names.of(name_of[walk.parent()])].self_ns -= walk.taken_ns();
      }
      if (cursor.inside(slice.start_ns)) {
        sum.in_steps_ns += slice.duration_ns;
        ++sum.in_steps_count;
      }
    }
  });
  return sums;
}

// All durations, range after range in the order of ids.
std::vector<std::int64_t> durations_by_range(const trace::Trace& trace, const RangeFilter& filter,
                                             const RangeNames& names,
                                             std::vector<std::size_t> next) {
  std::vector<std::int64_t> durations(next.back());
  for_each_track(trace, filter, [&](const trace::Track& track) {
    for (const trace::Lane& lane : trace.lanes_of(track)) {
      for (trace::SliceId id = lane.first_slice; id < lane.first_slice + lane.slice_count; ++id) {
        durations[next[names.of(trace.name_column()[id])]++] = trace.slice_duration_ns(id);
      }
    }
  });
  return durations;
}

std::vector<std::size_t> offsets(const std::vector<Sums>& sums) {
  std::vector<std::size_t> result{0};
  for (const Sums& sum : sums) result.push_back(result.back() + sum.count);
  return result;
}

RangeRow row_of(const trace::Name& name, const Sums& sum, std::span<std::int64_t> durations) {
  RangeRow row;
  row.name = name.text;
  row.category = name.category;
  row.count = sum.count;
  row.total_ns = sum.total_ns;
  row.self_ns = sum.self_ns;
  row.min_ns = sum.min_ns;
  row.max_ns = sum.max_ns;
  row.longest = sum.longest;
  row.in_steps_ns = sum.in_steps_ns;
  row.in_steps_count = sum.in_steps_count;
  row.p50_ns = percentile(durations, 50);
  row.p99_ns = percentile(durations, 99);
  return row;
}

}  // namespace

bool RangeFilter::holds(const trace::Track& candidate, trace::TrackId id) const {
  if (track) return id == *track;
  return (host && candidate.kind == trace::TrackKind::thread) ||
         (device && candidate.kind == trace::TrackKind::stream);
}

RangeTable range_table(const trace::Trace& trace, const RangeFilter& filter) {
  RangeTable table;
  table.span_ns = recorded_ns(trace);
  IntervalSet steps;
  const std::vector<StepExtent> extents = step_extents(trace);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    if (!extents[i].complete) continue;
    steps.append(trace.steps()[i].start_ns, trace.steps()[i].end_ns());
    ++table.step_count;
  }
  const RangeNames names(trace);
  const std::vector<Sums> sums = sum_up(trace, filter, names, steps);
  const std::vector<std::size_t> begin = offsets(sums);
  std::vector<std::int64_t> durations = durations_by_range(trace, filter, names, begin);
  for (RangeId id = 0; id < names.size(); ++id) {
    if (sums[id].count == 0) continue;
    table.rows.push_back(
        row_of(names[id], sums[id], std::span(durations).subspan(begin[id], sums[id].count)));
  }
  std::sort(table.rows.begin(), table.rows.end(), [](const RangeRow& left, const RangeRow& right) {
    if (left.total_ns != right.total_ns) return left.total_ns > right.total_ns;
    return std::pair(std::string_view(left.name), left.category) <
           std::pair(std::string_view(right.name), right.category);
  });
  return table;
}

}  // namespace tbprof::analyzer::profile
