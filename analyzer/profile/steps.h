// The table of steps: when, how long, which are slow. Pure functions of a sealed trace. Any thread.
//
// duration   of the step's extent (step_extent.h): as marked, or with the device work it launched
// statistics over complete steps only; incomplete ones stay in the list
// slow       a complete step that takes longer than
//            median + max(3 · 1.4826 · MAD, 10 % of the median);
//            1.4826 · MAD estimates the standard deviation and ignores the slow steps themselves
// excess     duration − median
// between    the time from the first step's start to the last one's end in which no step ran and
//            everything was recorded: what lies between two windows is not known
// Steps are told apart by time: numbers may repeat and need not be in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/profile/distribution.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

struct StepTime {
  std::int64_t number = 0;
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::int64_t marked_start_ns = 0;  // as the program marked it
  std::int64_t marked_duration_ns = 0;
  bool complete = true;
  trace::TrackId track = trace::kNone;
  trace::NameId name = trace::kNone;
  std::int64_t end_ns() const { return start_ns + duration_ns; }
  std::int64_t marked_end_ns() const { return marked_start_ns + marked_duration_ns; }
};

struct SlowStep {
  std::size_t step = 0;  // index into StepTable::steps
  std::int64_t excess_ns = 0;
};

struct StepTable {
  std::vector<StepTime> steps;  // sorted by start, one for each of Trace::steps()
  Distribution duration;        // of complete steps
  std::int64_t slow_above_ns = 0;
  std::vector<SlowStep> slow;         // largest excess first
  std::int64_t between_ns = 0;        // see above
  bool includes_device_work = false;  // an extent differs from what was marked
};

StepTable step_table(const trace::Trace& trace);

}  // namespace tbprof::analyzer::profile
