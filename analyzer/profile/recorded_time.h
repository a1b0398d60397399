// How much of a trace's time was recorded: its windows where it has some, else all of it. A pure
// function of a sealed trace. Any thread.
#pragma once

#include <cstdint>

#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

std::int64_t recorded_ns(const trace::Trace& trace);

}  // namespace tbprof::analyzer::profile
