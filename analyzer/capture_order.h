// The order in which captures are listed: live sessions, then the newest first; within a session
// the file that was written last leads. A pure function. Any thread.
#pragma once

#include <vector>

#include "analyzer/catalogue.h"

namespace tbprof::analyzer {

void sort_captures(std::vector<Capture>& captures);

}  // namespace tbprof::analyzer
