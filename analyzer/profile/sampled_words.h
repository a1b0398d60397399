// What a thread was seen doing in a stretch of time, in words for a person. A pure function. Any
// thread.
#pragma once

#include <string>

#include "analyzer/profile/sample_table.h"

namespace tbprof::analyzer::profile {

// "62 % on a CPU, 30 % waiting, mostly in read, 8 % ready but on none (41 looks)".
std::string sampled_words(const SampledStretch& stretch);

}  // namespace tbprof::analyzer::profile
