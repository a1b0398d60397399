// Links host slices to the device slices that they started, by the id that both carry.
// Functions and values. One thread at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::trace {

struct CorrelatedSlice {
  std::uint64_t correlation_id = 0;
  SliceId slice = kNone;
  bool on_device = false;
};

// For each id: from the first host slice that has it to every device slice that has it (a CUDA
// graph's launch has many). Adds to `links`; reorders `slices`.
void link_by_correlation(std::vector<CorrelatedSlice>& slices, std::vector<Link>& links);

}  // namespace tbprof::analyzer::trace
