// Walks a buffer that CUPTI has filled and hands each record, in our own types, to a sink. Built
// against CUDA 13.0's structs; reads the fields that all versions from 12.4 on share at the same
// offset (newer structs only append), so one build reads the buffers of all of them.
// Stateless; one thread at a time per buffer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/cupti_library.h"
#include "cuda/device_activity.h"

namespace tbprof::cuda {

// `buffer` and `valid_bytes` as the completion callback got them. Kernels, copies (also between
// devices), memsets, runtime and driver calls are delivered; what else is in it is counted.
DecodeCounts decode_activities(const CuptiLibrary& cupti, std::uint8_t* buffer,
                               std::size_t valid_bytes, ActivitySink& sink);

}  // namespace tbprof::cuda
