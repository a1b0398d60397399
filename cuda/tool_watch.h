// Sees other tools of the process ask libcupti for itself before they get it: their calls of the
// functions that take CUPTI over go through a table of the loader's, in which this puts functions
// of its own. CUPTI serves one tool at a time and tells the first nothing of a second.
// start_tool_watch(), look_for_tools(): one thread at a time. The function that is told runs on the
// other tool's thread.
#pragma once

#include "cuda/cupti_library.h"

namespace tbprof::cuda {

// What is told: the tool by its name or the file it lies in; what it returns from, the call goes on
// to CUPTI. Called once.
using ToolCallback = void (*)(const char* tool);

void start_tool_watch(const CuptiLibrary& cupti, ToolCallback on_tool);
// Once libraries were loaded since the last look.
void look_for_tools();

}  // namespace tbprof::cuda
