// What must hold of every sealed trace, whatever the bytes were. Functions only. Any thread.
#pragma once

#include <cstdlib>

#include "analyzer/trace/trace.h"

namespace tbprof::fuzz {

inline void check_trace(const analyzer::trace::Trace& trace) {
  using namespace analyzer::trace;
  SliceId next = 0;
  for (const Lane& lane : trace.lanes()) {
    if (lane.first_slice != next || lane.slice_count == 0) std::abort();
    next += lane.slice_count;
    for (SliceId id = lane.first_slice; id < next; ++id) {
      const Slice slice = trace.slice(id);
      if (slice.start_ns < 0 || slice.duration_ns < 0) std::abort();
      if (slice.end_ns() > trace.duration_ns() || slice.name >= trace.names().size()) std::abort();
      if (id > lane.first_slice && trace.slice(id - 1).end_ns() > slice.start_ns) std::abort();
    }
  }
  if (next != trace.slice_count()) std::abort();
  for (const Link& link : trace.links_by_from()) {
    if (link.from >= next || link.to >= next) std::abort();
  }
  for (const Step& step : trace.steps()) {
    if (step.start_ns < 0 || step.end_ns() > trace.duration_ns()) std::abort();
  }
  for (const Name& name : trace.names()) {
    if (static_cast<std::size_t>(name.category) >= proto::kCategoryCount) std::abort();
  }
}

}  // namespace tbprof::fuzz
