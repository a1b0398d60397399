// Reports as CSV for spreadsheets and scripts (RFC 4180, lines end in \n): units in the heads,
// durations as whole nanoseconds, one function a row so that a long table can be streamed.
// Pure functions. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "analyzer/profile/ranges.h"
#include "analyzer/report/step_figures.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

// Quoted where it must be.
std::string csv_field(std::string_view text);

std::string steps_csv_head(const StepFigures& figures);
std::string steps_csv_row(const trace::Trace& trace, const StepFigures& figures, std::size_t step);

std::string ranges_csv_head();
std::string ranges_csv_row(const profile::RangeTable& table, std::size_t row);

// Key and value of each single figure of the overview.
std::string overview_csv(const trace::Trace& trace);

}  // namespace tbprof::analyzer::report
