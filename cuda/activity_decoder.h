// Walks a buffer that CUPTI has filled and hands each record, in our own types, to a sink. Built
// against CUDA 13.0's structs; newer ones only append, and of what older ones lack nothing is read,
// so that one build reads the buffers of 12.4 and all that came after it. Stateless; one thread at
// a time per buffer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/cupti_library.h"
#include "cuda/device_activity.h"

namespace tbprof::cuda {

// `buffer` and `valid_bytes` as the completion callback got them, `version` as cuptiGetVersion
// tells it; libcupti finds the records. What is not read is counted.
DecodeCounts decode_activities(const CuptiLibrary& cupti, std::uint32_t version,
                               std::uint8_t* buffer, std::size_t valid_bytes, ActivitySink& sink);

// The same by the sizes that records have in the version, without libcupti: for buffers that were
// kept, and for the versions whose library does nothing without a driver.
// `buffer` must be aligned to 8 bytes, and the names in it be good.
DecodeCounts decode_by_size(std::uint32_t version, const std::uint8_t* buffer,
                            std::size_t valid_bytes, ActivitySink& sink);

}  // namespace tbprof::cuda
