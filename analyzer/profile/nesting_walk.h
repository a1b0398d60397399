// Walks the slices of a track lane by lane, outermost first, giving each the slice that holds it.
// Linear: both lanes are in order of time. Borrows the trace. Any thread.
#pragma once

#include <cstdint>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

// Calls visit(slice, parent): slice is a trace::Slice, parent its holder in the lane above as a
// SliceId, or kNone. Lanes are visited in order of depth, slices of a lane in order of time.
template <typename Visit>
void walk_nesting(const trace::Trace& trace, const trace::Track& track, Visit visit) {
  const trace::Lane* above = nullptr;
  for (const trace::Lane& lane : trace.lanes_of(track)) {
    trace::SliceId candidate = above ? above->first_slice : 0;
    const trace::SliceId above_end = above ? above->first_slice + above->slice_count : 0;
    trace::Slice holder;
    if (candidate < above_end) holder = trace.slice(candidate);
    const trace::SliceId end = lane.first_slice + lane.slice_count;
    for (trace::SliceId id = lane.first_slice; id < end; ++id) {
      const trace::Slice slice = trace.slice(id);
      while (candidate < above_end && holder.end_ns() < slice.end_ns()) {
        if (++candidate < above_end) holder = trace.slice(candidate);
      }
      const bool held = candidate < above_end && holder.start_ns <= slice.start_ns;
      visit(slice, held ? candidate : trace::kNone);
    }
    above = &lane;
  }
}

}  // namespace tbprof::analyzer::profile
