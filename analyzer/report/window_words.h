// What of a program was recorded, where it was recorded in windows. Pure functions of a sealed
// trace. Any thread.
#pragma once

#include <string>

#include "analyzer/report/json.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

// "steps 10-14 of 200", "2 windows of 1.2 s, with steps 10-14, 30 of 200", "nothing: no window was
// opened". Empty if it was recorded throughout.
std::string recorded_words(const trace::Trace& trace);

// Steps that the program made while it ran, recorded or not.
std::size_t step_count_with_noted(const trace::Trace& trace);

// [{start_ns, end_ns, cause, label}]; null if it was recorded throughout.
Json windows_json(const trace::Trace& trace);

}  // namespace tbprof::analyzer::report
