// The overview of a capture, and the report of its steps, as JSON. `tbprof analyze --format json`
// prints these and the server answers with them. Pure functions of a sealed trace. Any thread.
//
//   overview  {capture, counts, losses, steps, parts_mean: {key: ns}, devices: […],
//              headline: {finding, advice}}        capture, counts, losses: capture_report.h
//   steps     {count, complete_count, steps_shown, median_ns, mean_ns, p99_ns, min_ns, max_ns,
//              slow_above_ns, between_ns, division, includes_device_work, part_keys: […],
//              list: [{number, start_ns, duration_ns, complete, name, marked_start_ns,
//                      marked_duration_ns, parts: {key: ns}}],
//              slow: [{number, start_ns, duration_ns, excess_ns, because_key, because_ns,
//              sentence}]}
//   devices   [{device, name, busy_ns, idle_ns, span_ns, computation_ns, communication_exposed_ns,
//               memcpy_exposed_ns, streams, start_ns, left_over_count, left_over_busy_ns}]
// part_keys are names of proto/category.h; the parts of a step add up to its duration. Statistics
// are of complete steps. Definitions: profile/steps.h, step_extent.h, step_parts.h, device_busy.h.
#pragma once

#include <cstddef>

#include "analyzer/report/json.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

// The list of steps holds at most this many in an overview; slow ones are kept.
inline constexpr std::size_t kOverviewSteps = 2000;

Json overview_report(const trace::Trace& trace, std::size_t step_limit = kOverviewSteps);

// {capture, losses, steps, parts_mean}; step_limit 0: all steps.
Json steps_report(const trace::Trace& trace, std::size_t step_limit = 0);

}  // namespace tbprof::analyzer::report
