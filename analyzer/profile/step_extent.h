// From when to when each step lasts, with the work that it starts on a device. Pure functions.
// Any thread.
//
// A program marks a step on a thread, but the device runs behind: kernels that the step launches
// may still run when the next one has begun. Where links tell what a step launched, and no two
// steps overlap,
//   end    is the later of the marked end and the end of the last device work launched within it;
//   start  is the later of the marked start and the end of the step before. The first step starts
//          when work that was launched before it, and ended before its own began, is done.
// So steps follow each other without overlap and add up to the time that passes. A launch belongs
// to the step in whose marks it lies as a whole. Without device work a step is what was marked.
//
// Trailing steps that launched nothing, where at least a third of all did, are not complete: the
// recording ended before their work was seen. (torch_tb_profiler also drops a last step with less
// than 0.8 of the launches of the one before; a short step is kept here, because it was recorded.)
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

struct StepExtent {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t launched_count = 0;  // kernels, copies and memsets
  bool complete = true;
  std::int64_t duration_ns() const { return end_ns - start_ns; }
};

// One for each of Trace::steps(), in their order.
std::vector<StepExtent> step_extents(const trace::Trace& trace);

}  // namespace tbprof::analyzer::profile
