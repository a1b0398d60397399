// All figures about steps and devices, computed once and handed to whatever writes them down:
// sentences, JSON, CSV, tables. Pure function of a sealed trace; owns its figures. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analyzer/profile/device_busy.h"
#include "analyzer/profile/step_parts.h"
#include "analyzer/profile/steps.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

struct StepFigures {
  profile::StepTable table;
  profile::StepParts parts;
};

StepFigures step_figures(const trace::Trace& trace);

// "Step 12 takes 94.0 ms more than the median step, 80.1 ms of it in input."
std::string slow_step_sentence(const StepFigures& figures, const profile::SlowStep& slow);

// Which steps a bounded list shows, as sorted indices into the table: all, or the first, the last,
// the slowest and the others evenly.
std::vector<std::size_t> steps_to_show(const profile::StepTable& table, std::size_t limit);

}  // namespace tbprof::analyzer::report
