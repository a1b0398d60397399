// Walks the slices of a track in order of time, holders before what they hold, giving each the
// slice that holds it: the one that Trace::parent_of() gives. Where nothing overlaps without
// nesting, a slice costs a constant, else up to one look at each lane. Borrows the trace. One
// thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

class NestingWalk {
 public:
  NestingWalk(const trace::Trace& trace, const trace::Track& track);
  // Only what the slice touches: it, those that run when it begins, and all that begin within it.
  NestingWalk(const trace::Trace& trace, trace::SliceId within);

  // Moves on to the next slice; false at the end. REQUIRES: true before asking for any of these.
  bool next();
  const trace::Slice& slice() const { return slice_; }
  trace::SliceId parent() const { return parent_; }  // or kNone
  // Of the slice's duration what no slice before it took of its parent; 0 without a parent.
  // A slice's own time is its duration less what was taken of it.
  std::int64_t taken_ns() const { return taken_ns_; }

 private:
  static constexpr std::int64_t kNever = INT64_MAX;

  // Lanes from here on down are visited up to `until_ns`, before the lane above goes on.
  struct Level {
    trace::SliceId next = 0;
    trace::SliceId end = 0;
    std::int64_t start_ns = kNever;     // of `next`
    std::int64_t earliest_ns = kNever;  // start of what is next in this lane and those below
    std::int64_t until_ns = kNever;
    trace::SliceId open = trace::kNone;  // the one visited last
    std::int64_t open_start_ns = 0;
    std::int64_t open_end_ns = 0;
    std::int64_t reach_ns = INT64_MIN;  // the last end of those visited in this lane and below
    std::int64_t taken_until_ns = 0;
  };
  void add_level(trace::SliceId first, trace::SliceId end);
  void note_earliest();
  void take(Level& level);
  Level* find_holder();

  const trace::Trace& trace_;
  std::vector<Level> levels_;
  std::size_t at_ = 0;
  // Until then a lane may hold what began before that of a lane above.
  std::int64_t overlapping_until_ns_ = INT64_MIN;
  trace::Slice slice_;
  trace::SliceId parent_ = trace::kNone;
  std::int64_t taken_ns_ = 0;
};

}  // namespace tbprof::analyzer::profile
