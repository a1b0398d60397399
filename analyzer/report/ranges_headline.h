// The finding and the advice that open the ranges: which range itself takes most of the work, and
// what else is worth knowing. Where there are steps, of those ranges that are entered in one. Waits
// are no work (wait_names.h): they are named as waits.
// Pure function. Any thread.
#pragma once

#include "analyzer/profile/ranges.h"
#include "analyzer/report/headline.h"

namespace tbprof::analyzer::report {

Headline ranges_headline(const profile::RangeTable& table);

}  // namespace tbprof::analyzer::report
