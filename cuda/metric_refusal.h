// Why CUPTI samples no metrics of a GPU, as a sentence with a remedy. Stateless. Any thread.
#pragma once

#include <cstddef>

#include "cuda/metrics_library.h"

namespace tbprof::cuda {

// REQUIRES: result is none of success.
void explain_refusal(const MetricsLibrary& library, CUptiResult result, char* text,
                     std::size_t text_bytes);

}  // namespace tbprof::cuda
