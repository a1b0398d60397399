// The table of ranges: what ran how often and for how long, by name and category. Pure functions
// of a sealed trace, linear in its slices. Any thread.
//
// total     sum of durations; what runs in parallel or within itself counts each time
// self      total less what directly nested ranges of the same track took; a moment that two of
//           them share, because they overlap, is taken once
// p50, p99  nearest rank, exact
// in steps  total of those that start within a complete step's marks, for the mean of a step
// share of the span is total / span: above 100 % where threads run in parallel
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

// Which tracks count: by default those of the host.
struct RangeFilter {
  bool host = true;
  bool device = false;
  std::optional<trace::TrackId> track;  // only this one, whatever it is
  bool holds(const trace::Track& candidate, trace::TrackId id) const;
};

struct RangeRow {
  std::string name;
  proto::Category category = proto::Category::other;
  std::uint64_t count = 0;
  std::int64_t total_ns = 0;
  std::int64_t self_ns = 0;
  std::int64_t min_ns = 0;
  std::int64_t max_ns = 0;
  trace::SliceId longest = trace::kNone;  // the first that takes max_ns
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t in_steps_ns = 0;
  std::uint64_t in_steps_count = 0;
  double mean_ns() const { return static_cast<double>(total_ns) / static_cast<double>(count); }
};

struct RangeTable {
  std::int64_t span_ns = 0;    // the time that was recorded, see recorded_time.h
  std::size_t step_count = 0;  // complete ones, as in steps.h
  std::vector<RangeRow> rows;  // largest total first, then by name
};

RangeTable range_table(const trace::Trace& trace, const RangeFilter& filter = {});

}  // namespace tbprof::analyzer::profile
