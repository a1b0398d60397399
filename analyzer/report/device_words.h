// What there is to know of how the GPU was recorded: what is missing and why, CUDA graphs by launch
// or by node, what it took to begin. Pure functions of a sealed trace. Any thread.
#pragma once

#include <string>
#include <vector>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

// Whole sentences; none where there is nothing to say.
std::vector<std::string> device_sentences(const trace::Trace& trace);

}  // namespace tbprof::analyzer::report
