// cuptiFinalize, with which CUPTI leaves the program: it is safe only where a call of CUDA returns,
// so that the next such return, on whichever thread, does it. Without a further call of CUDA
// nothing is done, and nobody waits. All state is static: CUPTI's callbacks carry no word of ours.
// Any thread.
#pragma once

#include <cstdint>

#include "cuda/cupti_library.h"

namespace tbprof::cuda {

// From now on the next return of a call does it. REQUIRES: nothing of CUPTI is asked afterwards.
void begin_detach(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber);
// false: it is done, or just being done.
bool cancel_detach(const CuptiLibrary& cupti, CUpti_SubscriberHandle subscriber);
// For the subscriber's callback; others are passed over.
void on_detach_callback(CUpti_CallbackDomain domain, const void* data);

// Whether it is being done, or done.
bool is_leaving();
// Whether CUPTI has left, or refused to.
bool has_detached();
// REQUIRES: has_detached().
CUptiResult detach_result();
std::int64_t detach_duration_ns();

}  // namespace tbprof::cuda
