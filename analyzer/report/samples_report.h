// What threads were seen doing from outside, as JSON and CSV. `tbprof analyze --view samples`
// prints it. Pure functions of a sealed trace. Any thread.
//
//   {capture, losses, seen_ns, cpu_ns, delay_ns, waiting_ns, looks,
//    threads: [{tid, name, track, seen_ns, cpu_ns, delay_ns, waiting_ns, looks, without_stack_ns,
//               places: [{name, waiting_ns}], stack_count,
//               stacks: [{seen_ns, cpu_ns, delay_ns, waiting_ns, looks,
//                         frames: [{function, file, line}]}]}]}
// seen = cpu + delay (ready, but on no CPU) + waiting. `track` is null where the thread recorded
// nothing itself. Frames are innermost first. At most `limit` stacks a thread; 0: all.
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/profile/sample_table.h"
#include "analyzer/report/json.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

Json samples_report(const trace::Trace& trace, std::size_t limit);

// A row a stack, and one for each thread's time without a stack.
std::string samples_csv(const trace::Trace& trace, std::size_t limit);

}  // namespace tbprof::analyzer::report
