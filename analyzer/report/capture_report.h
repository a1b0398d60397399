// What every report begins with: which capture this is, whether it is whole, how much it holds and
// what is missing. Pure functions of a sealed trace. Any thread.
//
//   capture  {state, state_detail, format, path, size_bytes, covered_until_ns, start_unix_ms,
//             duration_ns, device_notes: [sentence], properties: {key: value}}
//   counts   {slices, steps, instants, counters, tracks, links}
//   losses   [{kind, label, count, from_ns, until_ns, detail, meaning}], the last
//            two and the label in words; both times 0 where it is not known when
#pragma once

#include "analyzer/report/json.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

Json capture_json(const trace::Trace& trace);
Json counts_json(const trace::Trace& trace);
Json losses_json(const trace::Trace& trace);

}  // namespace tbprof::analyzer::report
