// cudaProfilerStart and cudaProfilerStop, and the driver's two, as the edges of recording windows.
// They are asked for only where the windows are chosen so, and by their four numbers, so that no
// other call of the program meets a callback. Any thread.
#pragma once

#include <cupti.h>

#include "cuda/cupti_library.h"

namespace tbprof::cuda {

// Has CUPTI call back at these calls; nothing where the windows are chosen otherwise.
void watch_profiler_calls(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber);

// For the subscriber's callback: opens or closes a window. Other callbacks are passed over.
void on_profiler_callback(CUpti_CallbackDomain domain, CUpti_CallbackId id, const void* data);

}  // namespace tbprof::cuda
