// Which calls of the two CUDA APIs are recorded. Of the runtime API all but the ones that programs
// make all the time without doing anything; of the driver API, which the runtime calls for each of
// its own calls, only what starts work, waits, allocates or loads. Pure. Any thread.
#pragma once

#include <cstdint>
#include <span>

namespace tbprof::cuda {

// CUPTI's numbers of the functions, rising.
std::span<const std::uint32_t> skipped_runtime_calls();
std::span<const std::uint32_t> recorded_driver_calls();

bool is_recorded_runtime_call(std::uint32_t callback_id);
bool is_recorded_driver_call(std::uint32_t callback_id);

}  // namespace tbprof::cuda
